-- Every change of a row in a layer's table, by whatever tool, written by triggers that see a
-- statement's rows as a whole. Three readers:
--   live maps:  changes whose transaction a reader had not seen yet, and the places they touch;
--   history:    a layer as it was at a time;
--   undo:       a run taken back exactly.
--
-- Read by visibility, never by the greatest id: ids are given before commit, so a smaller one can
-- appear after a greater one was read. With a pg_snapshot that stands for what was read last:
--   SELECT ... FROM diaban.change
--   WHERE xact >= pg_snapshot_xmin($1) AND NOT pg_visible_in_snapshot(xact, $1)
--
-- Going back in time: take the rows as they are, and go through the changes from the newest to
-- the oldest: an inserted id goes; a removed row comes back from old_row; a changed row gets the
-- attributes of old_row, and its geometry where geom_changed (where not, it is what it was).
--
-- Places touched by changes: the geometries of old_row, and those that the features named in
-- `inserted` and old_row have now. An intermediate geometry that no reader saw is among the old
-- ones of the change after it.

CREATE SEQUENCE diaban.change_id;

CREATE TABLE diaban.change (
    id            bigint PRIMARY KEY DEFAULT nextval('diaban.change_id'),
    xact          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    layer         text NOT NULL,
    import_run    bigint REFERENCES diaban.import_run,
    changed_at    timestamptz NOT NULL DEFAULT transaction_timestamp(),
    person        text NOT NULL DEFAULT session_user,
    tool          text NOT NULL DEFAULT current_setting('application_name'),
    inserted      int8multirange,
    rows_inserted bigint NOT NULL DEFAULT 0,
    rows_updated  bigint NOT NULL DEFAULT 0,
    rows_deleted  bigint NOT NULL DEFAULT 0
);

ALTER SEQUENCE diaban.change_id OWNED BY diaban.change.id;
CREATE INDEX change_xact ON diaban.change (xact);
CREATE INDEX change_layer ON diaban.change (layer, id);
CREATE INDEX change_inserted ON diaban.change USING gist (inserted) WHERE inserted IS NOT NULL;
CREATE INDEX change_import_run ON diaban.change (import_run) WHERE import_run IS NOT NULL;

COMMENT ON TABLE diaban.change IS 'One row per statement that changed rows of a layer. Written by triggers only.';
COMMENT ON COLUMN diaban.change.inserted IS 'Ids of the rows that came; a million rows of one load are one range.';

-- No foreign key to diaban.change: both are written by one function, and the check would cost
-- more than the rows.
CREATE TABLE diaban.old_row (
    change_id    bigint NOT NULL,
    feature_id   bigint NOT NULL,
    deleted      boolean NOT NULL,
    attributes   jsonb NOT NULL,
    geom_changed boolean NOT NULL,
    geom         geometry,
    PRIMARY KEY (change_id, feature_id)
);

CREATE INDEX old_row_feature ON diaban.old_row (feature_id, change_id);

COMMENT ON TABLE diaban.old_row IS 'Rows as they were before the change that altered or removed them.';
COMMENT ON COLUMN diaban.old_row.attributes IS 'All columns but id and geom.';
COMMENT ON COLUMN diaban.old_row.geom IS 'The geometry before; null also where the change left it as it was (geom_changed is false).';

-- The columns of a table that make up `attributes`, as a select list over the alias o.
CREATE FUNCTION diaban.attribute_list(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(string_agg(format('o.%I', attname), ', ' ORDER BY attnum), 'NULL AS "none"')
    FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'geom')
$$;

-- Notes what one statement did. Its argument is the layer's id. Runs with the rights of its
-- owner, so that whoever may edit a layer can neither miss nor touch the log. The statements over
-- the transition tables are planned anew each time (EXECUTE): a plan made for one row would take
-- hours for a million.
CREATE FUNCTION diaban.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    change     bigint := nextval('diaban.change_id');
    run        bigint := nullif(current_setting('diaban.import_run', true), '')::bigint;
    arrivals   text;
    came       int8multirange;
    n_inserted bigint := 0;
    n_updated  bigint := 0;
    n_deleted  bigint := 0;
BEGIN
    IF TG_OP = 'INSERT' THEN
        arrivals := 'new_rows';
    ELSIF TG_OP = 'UPDATE' THEN
        -- A row whose id was changed leaves, and another comes.
        EXECUTE format(
            'WITH noted AS (
                 INSERT INTO diaban.old_row (change_id, feature_id, deleted, attributes, geom_changed, geom)
                 SELECT $1, o.id, n.id IS NULL, to_jsonb(a.*), n.id IS NULL OR before.* *<> after.*,
                        CASE WHEN n.id IS NULL OR before.* *<> after.* THEN o.geom END
                 FROM old_rows o LEFT JOIN new_rows n ON n.id = o.id CROSS JOIN LATERAL (SELECT %s) a
                 CROSS JOIN LATERAL (SELECT o.geom) before CROSS JOIN LATERAL (SELECT n.geom) after
                 WHERE n.id IS NULL OR o.* *<> n.*
                 RETURNING deleted)
             SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted) FROM noted',
            diaban.attribute_list(TG_RELID)) INTO n_updated, n_deleted USING change;
        IF n_deleted > 0 THEN
            arrivals := '(SELECT id FROM new_rows EXCEPT SELECT id FROM old_rows) arrived';
        END IF;
    ELSE
        EXECUTE format(
            'INSERT INTO diaban.old_row (change_id, feature_id, deleted, attributes, geom_changed, geom)
             SELECT $1, o.id, true, to_jsonb(a.*), true, o.geom FROM %s o CROSS JOIN LATERAL (SELECT %s) a',
            CASE TG_OP WHEN 'TRUNCATE' THEN TG_RELID::regclass::text ELSE 'old_rows' END,
            diaban.attribute_list(TG_RELID)) USING change;
        GET DIAGNOSTICS n_deleted = ROW_COUNT;
    END IF;
    IF arrivals IS NOT NULL THEN
        EXECUTE format(
            'SELECT range_agg(int8range(first, last, ''[]'')), coalesce(sum(length), 0)
             FROM (SELECT min(id) AS first, max(id) AS last, count(*) AS length
                   FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM %s) numbered
                   GROUP BY island) islands', arrivals) INTO came, n_inserted;
    END IF;
    IF n_inserted + n_updated + n_deleted > 0 THEN
        INSERT INTO diaban.change (id, layer, import_run, inserted, rows_inserted, rows_updated, rows_deleted)
        VALUES (change, TG_ARGV[0], run, came, n_inserted, n_updated, n_deleted);
        PERFORM pg_notify('diaban_change', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END
$$;

-- Sets the time of the last change where a row really changes and the tool did not set it (the
-- trigger's WHEN sees to both).
CREATE FUNCTION diaban.touch_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := transaction_timestamp();
    RETURN NEW;
END
$$;
