-- One row per run of `diaban import`, and later per undo of one.
CREATE TABLE diaban.import_run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer        text NOT NULL,
    file_names   text[] NOT NULL DEFAULT '{}',
    checksums    text[] NOT NULL DEFAULT '{}',
    crs          text,
    operation    text,
    settings     jsonb NOT NULL DEFAULT '{}',
    person       text NOT NULL DEFAULT session_user,
    started_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    rows_read    bigint,
    rows_loaded  bigint,
    rows_refused bigint,
    undone_by    bigint REFERENCES diaban.import_run
);

CREATE INDEX import_run_layer ON diaban.import_run (layer, id);

COMMENT ON TABLE diaban.import_run IS
    'Runs of diaban import. A session that sets diaban.import_run to an id has its changes noted under that run.';
COMMENT ON COLUMN diaban.import_run.checksums IS 'SHA-256 of each delivered file, hexadecimal, in the order of file_names.';
COMMENT ON COLUMN diaban.import_run.crs IS 'System in which the files were read, for example EPSG:9210.';
COMMENT ON COLUMN diaban.import_run.operation IS 'Coordinate operation to EPSG:4326, for example EPSG:6960; null where none was needed.';
COMMENT ON COLUMN diaban.import_run.settings IS 'Everything else that the run was told: column mapping, constants, encodings, policy.';
COMMENT ON COLUMN diaban.import_run.undone_by IS 'The run that took this one back.';
