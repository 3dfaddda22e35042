-- What an import's rows were before they were repaired, so that each repair can be taken back.

CREATE TABLE diaban.delivered_value (
    import_run bigint NOT NULL REFERENCES diaban.import_run,
    file       integer NOT NULL,
    row        bigint NOT NULL,
    key        text NOT NULL,
    delivered  jsonb NOT NULL,
    PRIMARY KEY (import_run, file, row)
);

COMMENT ON TABLE diaban.delivered_value IS 'Rows that diaban import repaired, as they were delivered.';
COMMENT ON COLUMN diaban.delivered_value.file IS 'Position of the file in file_names of the run, from 1.';
COMMENT ON COLUMN diaban.delivered_value.row IS 'Number of the row in the file, as the report counts it.';
COMMENT ON COLUMN diaban.delivered_value.key IS 'Key of the feature, its parts joined by /.';
COMMENT ON COLUMN diaban.delivered_value.delivered IS
    'By attribute the text as delivered; under `geometry` the ISO WKB in the system of the file, hexadecimal.';
