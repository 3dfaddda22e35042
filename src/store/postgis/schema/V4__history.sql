-- What undo and the view of a layer as it was need beside the change log.

ALTER TABLE diaban.import_run
    ADD COLUMN mode text NOT NULL DEFAULT 'merge',
    ADD COLUMN undoes bigint REFERENCES diaban.import_run;

COMMENT ON COLUMN diaban.import_run.mode IS 'append, merge or replace; undo for a run that took another one back.';
COMMENT ON COLUMN diaban.import_run.undoes IS 'The run that this one took back.';

-- The moment of a change is that of its statement. Changes of one row wait for each other, so these
-- moments stand in the order in which the row changed; those of transactions need not.
ALTER TABLE diaban.change ALTER COLUMN changed_at SET DEFAULT clock_timestamp();
CREATE INDEX change_time ON diaban.change (layer, changed_at);

-- As before, but a run that brings rows back brings their `updated_at` back too.
CREATE OR REPLACE FUNCTION diaban.touch_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('diaban.keep_updated_at', true) IS DISTINCT FROM 'on' THEN
        NEW.updated_at := transaction_timestamp();
    END IF;
    RETURN NEW;
END
$$;
