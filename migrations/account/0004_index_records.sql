-- index_entries: what a record is found by besides its columns: what its lists contain, and the words of its names as the
-- field q, in lower case and without accents. Only of records that are not deleted.
CREATE TABLE index_entries (
  entity TEXT NOT NULL,
  field TEXT NOT NULL,
  term TEXT NOT NULL,
  record_id TEXT NOT NULL,
  PRIMARY KEY (entity, field, term, record_id)
) WITHOUT ROWID;

CREATE INDEX index_entries_by_record ON index_entries (record_id, field, term);

-- sequences: the last number given of each kind in each year.
CREATE TABLE sequences (
  name TEXT NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (name, year)
) WITHOUT ROWID;

CREATE INDEX changes_by_entity ON changes (entity);
CREATE INDEX changes_by_record ON changes (entity_id);

-- What is there already is found too. SQLite folds ASCII only; writing a record anew folds the rest.
INSERT INTO index_entries (entity, field, term, record_id)
  SELECT DISTINCT 'client', 'tags', tag.value, clients.id
  FROM clients, json_each(clients.body, '$.tags') AS tag WHERE clients.deleted_at IS NULL;

INSERT OR IGNORE INTO index_entries (entity, field, term, record_id)
  WITH RECURSIVE
    named (entity, id, names) AS (
      SELECT 'user', id, name FROM users WHERE deleted_at IS NULL
      UNION ALL
      SELECT 'client', id, first_name || ' ' || last_name || ' ' || company_name FROM clients
      WHERE deleted_at IS NULL
    ),
    split (entity, id, word, rest) AS (
      SELECT entity, id, '', replace(replace(replace(replace(replace(replace(replace(lower(names), '''', ''),
        '’', ''), '-', ' '), '.', ' '), ',', ' '), '&', ' '), '/', ' ') || ' '
      FROM named
      UNION ALL
      SELECT entity, id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
      FROM split WHERE rest <> ''
    )
  SELECT entity, 'q', word, id FROM split WHERE word <> '';
