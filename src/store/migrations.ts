/** One step in the life of the database file. Steps are never changed once they are published; new ones come after. */
export interface Migration {
  readonly number: number
  readonly sql: string
}

/**
 * All steps, in order. They are text in the code and not files of their own, so that the compiled executable has them.
 *
 * `responses.body` is the answer without its output; input and output are rows of `items`, so that a conversation is
 * put together, and an item is found by its id, without reading whole answers. `owner` is the server that is working on
 * a response, and null once it is done; `key_id` is the API key that it was asked for with, and null where it is
 * everybody's. `api_keys.digest` is the SHA-256 of a key, `start` what may be shown of it, and `scopes` and `models` are
 * lists as JSON. Rows of `key_usage` may be of keys that stand in no table, `day` is in UTC, and `prompt`, `completion`
 * and `embedded` are tokens. `claims` are responses that providers keep, with the API keys that they were asked for with.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    sql: `
      CREATE TABLE responses (
        id TEXT PRIMARY KEY,
        previous_id TEXT,
        created_seconds INTEGER NOT NULL,
        is_background INTEGER NOT NULL,
        owner TEXT,
        body TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX responses_by_previous ON responses (previous_id);
      CREATE INDEX responses_by_age ON responses (created_seconds);
      CREATE TABLE items (
        number INTEGER PRIMARY KEY,
        response_id TEXT NOT NULL REFERENCES responses (id) ON DELETE CASCADE,
        is_output INTEGER NOT NULL,
        position INTEGER NOT NULL,
        item_id TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (response_id, is_output, position)
      ) STRICT;
      CREATE INDEX items_by_id ON items (item_id);
      CREATE TABLE events (
        response_id TEXT PRIMARY KEY REFERENCES responses (id) ON DELETE CASCADE,
        body TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE servers (
        id TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        process INTEGER NOT NULL,
        seen_milliseconds INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    number: 2,
    sql: `
      CREATE TABLE api_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE,
        start TEXT NOT NULL,
        scopes TEXT NOT NULL,
        models TEXT,
        created_seconds INTEGER NOT NULL,
        expires_seconds INTEGER,
        last_used_seconds INTEGER,
        revoked_seconds INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_seconds IS NULL;
    `,
  },
  {
    number: 3,
    sql: `
      ALTER TABLE api_keys ADD COLUMN requests_per_minute INTEGER;
      ALTER TABLE api_keys ADD COLUMN tokens_per_minute INTEGER;
      ALTER TABLE api_keys ADD COLUMN tokens_per_day INTEGER;
      CREATE TABLE key_usage (
        day TEXT NOT NULL,
        key_id TEXT NOT NULL,
        model TEXT NOT NULL,
        requests INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        prompt INTEGER NOT NULL,
        completion INTEGER NOT NULL,
        embedded INTEGER NOT NULL,
        PRIMARY KEY (day, key_id, model)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  { number: 4, sql: 'ALTER TABLE responses ADD COLUMN key_id TEXT;' },
  {
    number: 5,
    sql: `
      CREATE TABLE claims (
        provider TEXT NOT NULL,
        response_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        created_seconds INTEGER NOT NULL,
        PRIMARY KEY (provider, response_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX claims_by_age ON claims (created_seconds);
    `,
  },
]
