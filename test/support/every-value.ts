/** Tables and rows in which a dump can go wrong: statement by statement, for `CloudflareApi.queryDatabase`. */
export const EVERY_VALUE = [
  // The table that is referred to comes after the one that refers to it, and both refer to each other.
  'CREATE TABLE leaves (id INTEGER PRIMARY KEY, branch_id TEXT NOT NULL REFERENCES branches (id), note TEXT)',
  `CREATE TABLE branches (
    id TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)), -- a comment; with a semicolon, and an apostrophe's
    name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.name', '')) VIRTUAL,
    length INTEGER GENERATED ALWAYS AS (length(body)) STORED,
    first_leaf_id INTEGER REFERENCES leaves (id)
  ) STRICT`,
  'CREATE TABLE pairs (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID',
  'CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, value)',
  'CREATE TABLE "odd; ""name" ("the column" TEXT, bytes BLOB, size REAL, whole INTEGER)',
  'CREATE TABLE empty (a)',
  'CREATE UNIQUE INDEX branches_by_name ON branches (name, id) WHERE first_leaf_id IS NOT NULL',
  'CREATE VIEW leaf_names AS SELECT leaves.id, branches.name FROM leaves JOIN branches ON branches.id = branch_id',
  `CREATE TRIGGER rename INSTEAD OF UPDATE ON leaf_names BEGIN
    UPDATE branches SET body = json_set(body, '$.name', NEW.name) WHERE id IN (SELECT branch_id FROM leaves WHERE id = OLD.id);
    SELECT CASE WHEN NEW.name = ';' THEN RAISE (ABORT, 'no; not so') END;
  END`,
  'PRAGMA defer_foreign_keys=TRUE',
  `INSERT INTO leaves VALUES (1, 'oak', 'it''s; "quoted" \`so\` [and] -- so /* too'), (2, 'oak', NULL), (-9, 'ash', '')`,
  `INSERT INTO branches (id, body, first_leaf_id) VALUES
    ('oak', '{"name":"O''ak\\n\\u0041"}', 1), ('ash', json_object('name', '𝄞 é 漢', 'text', hex(zeroblob(949000))), NULL)`,
  `INSERT INTO branches (id, body) VALUES
    ('long', json_object('name', 'long', 'text', replace(hex(zeroblob(300000)), '00', '𝄞''')))`,
  `INSERT INTO pairs VALUES ('b', 2), ('a', ${Number.MAX_SAFE_INTEGER}), ('a', ${Number.MIN_SAFE_INTEGER})`,
  `INSERT INTO counted (id, value) VALUES (7, 0.1), (8, 1e300), (9, 9e999), (41, -9e999), (42, 2.5e-308)`,
  'DELETE FROM counted WHERE id = 42',
  `INSERT INTO "odd; ""name" VALUES
    ('line' || char(10) || 'line' || char(13, 10) || '''end', X'00ff27', 1.0, 3),
    (replace(hex(zeroblob(190000)), '00', 'é''' || char(10) || 'x''y'), randomblob(700000), -0.5, 4.5),
    ('', zeroblob(0), NULL, NULL),
    (NULL, randomblob(60000), 1e-7, -1)`,
] as const;
