-- What was erased: a person under the pseudonym that stands in their place, or the texts of an item. The reason itself may be personal.
CREATE TABLE erased (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    by          TEXT NOT NULL,
    reason_hash BLOB,
    records     INTEGER NOT NULL
);
