-- Records to Parquet files, a folder for each day; any other line into a file of its own.

-- A line is read as it is: no delimiter, no quotes.
CREATE TEMP TABLE lines AS
FROM read_csv(
    '/var/log/orders/orders.log',
    columns = {'line': 'VARCHAR'},
    auto_detect = false, header = false, delim = '', quote = '', escape = ''
);

CREATE TEMP TABLE sorted AS
SELECT line, CASE WHEN json_valid(line) THEN line::JSON END AS record
FROM lines;

-- Columns for what is often asked for. `record` has all of it, nested fields too: record->'$.order.items'.
COPY (
    SELECT
        (record->>'timestamp')::TIMESTAMP AS "timestamp",
        record->>'level' AS level,
        record->>'service' AS service,
        record->>'event' AS event,
        record->>'message' AS message,
        record->>'request_id' AS request_id,
        record->>'trace_id' AS trace_id,
        (record->>'duration_ms')::DOUBLE AS duration_ms,
        record,
        left(record->>'timestamp', 10) AS day
    FROM sorted
    WHERE record->>'timestamp' IS NOT NULL
    ORDER BY ALL
) TO '/var/log/orders/archive' (FORMAT parquet, PARTITION_BY (day), APPEND);

COPY (
    SELECT line FROM sorted WHERE record->>'timestamp' IS NULL
) TO '/var/log/orders/other.log' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '');
