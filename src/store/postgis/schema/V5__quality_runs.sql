-- Runs of `diaban check`: what came out for each layer, for all who see the same of it.
CREATE TABLE diaban.quality_run (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer      text NOT NULL,
    classes    text[] NOT NULL,
    attributes text[] NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    person     text NOT NULL DEFAULT session_user,
    result     jsonb NOT NULL,
    findings   jsonb NOT NULL DEFAULT '[]'
);

CREATE INDEX quality_run_layer ON diaban.quality_run (layer, id);

COMMENT ON TABLE diaban.quality_run IS 'One row per run of diaban check, layer, and what callers may see of it.';
COMMENT ON COLUMN diaban.quality_run.classes IS 'The classes of callers that see what was looked at.';
COMMENT ON COLUMN diaban.quality_run.attributes IS 'The attributes that were looked at; a caller who sees less is told nothing of the run.';
COMMENT ON COLUMN diaban.quality_run.findings IS 'Features of GeoJSON; kept with the newest run only.';
