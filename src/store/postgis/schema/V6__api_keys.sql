-- Keys by which the programs of agencies are known. Of a key its SHA-256 alone is kept.
CREATE TABLE diaban.api_key (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency       text NOT NULL,
    name         text NOT NULL DEFAULT '',
    sha256       bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL DEFAULT session_user,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

COMMENT ON TABLE diaban.api_key IS 'One row per key that diaban key add has given out; rows stay when a key has ended.';
COMMENT ON COLUMN diaban.api_key.agency IS 'Code of the agency in layers/shared/agencies.toml.';
COMMENT ON COLUMN diaban.api_key.name IS 'What the key is for, in the words of who asked for it.';
COMMENT ON COLUMN diaban.api_key.last_used_at IS 'To about a minute; null if never.';
