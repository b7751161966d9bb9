-- The queues in which tasks wait that nobody has, by how urgent they are. Filled by the program for the tasks that are there.
CREATE TABLE queue (
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,
    id   BLOB NOT NULL,
    PRIMARY KEY (name, rank, id)
) WITHOUT ROWID;
-- Whether the task stands in a queue, and how urgent it is there: what it has to be taken out of.
ALTER TABLE task ADD COLUMN waits TEXT;
-- The hash of the body of the event that made this version.
ALTER TABLE task ADD COLUMN last_event BLOB;

-- While there is a row, nothing is taken in.
CREATE TABLE intake_pause (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    pause BLOB NOT NULL
);
