-- How many open tasks each person has is counted from now on.
INSERT INTO tally (name, count)
    SELECT 'open ' || assignee, count(*) FROM task
    WHERE assignee IS NOT NULL AND status NOT IN ('completed', 'cancelled')
    GROUP BY assignee;
