#include "daemon/store_internal.h"

/* What a registration remembers. Times are texts of RFC 3339; a target is
 * "192.0.2.1:5060;transport=udp". The former_ columns are a binding at another server that is being
 * removed. */
#define MEMORY                                                                                     \
    " call_id TEXT NOT NULL DEFAULT '',"                                                           \
    " cseq INTEGER NOT NULL DEFAULT 0,"                                                            \
    " contact TEXT NOT NULL DEFAULT '',"                                                           \
    " target TEXT NOT NULL DEFAULT '',"                                                            \
    " local TEXT NOT NULL DEFAULT '',"                                                             \
    " hop INTEGER NOT NULL DEFAULT 0,"                                                             \
    " endpoint INTEGER NOT NULL DEFAULT 0,"                                                        \
    " ends TEXT NOT NULL DEFAULT '',"                                                              \
    " former_contact TEXT NOT NULL DEFAULT '',"                                                    \
    " former_target TEXT NOT NULL DEFAULT '',"                                                     \
    " former_local TEXT NOT NULL DEFAULT '',"                                                      \
    " former_hop INTEGER NOT NULL DEFAULT 0,"                                                      \
    " former_endpoint INTEGER NOT NULL DEFAULT 0,"                                                 \
    " former_ends TEXT NOT NULL DEFAULT '',"                                                       \
    " realm TEXT NOT NULL DEFAULT '',"                                                             \
    " nonce TEXT NOT NULL DEFAULT '',"                                                             \
    " opaque TEXT NOT NULL DEFAULT '',"                                                            \
    " algorithm TEXT NOT NULL DEFAULT '',"                                                         \
    " qop TEXT NOT NULL DEFAULT '',"                                                               \
    " nc INTEGER NOT NULL DEFAULT 0,"                                                              \
    " nonce_server INTEGER NOT NULL DEFAULT 0,"                                                    \
    " pub_gruu TEXT NOT NULL DEFAULT '',"                                                          \
    " temp_gruu TEXT NOT NULL DEFAULT '',"                                                         \
    " updated TEXT NOT NULL"

/* `instance` is written when the account is loaded, all else whenever it changes. */
const char *const store_schema = "BEGIN IMMEDIATE;"
                                 "CREATE TABLE accounts ("
                                 " account TEXT PRIMARY KEY NOT NULL,"
                                 " instance TEXT NOT NULL DEFAULT ''," MEMORY ") WITHOUT ROWID;"
                                 "CREATE TABLE ports ("
                                 " local TEXT NOT NULL,"
                                 " dscp INTEGER NOT NULL,"
                                 " port INTEGER NOT NULL,"
                                 " PRIMARY KEY (local, dscp)"
                                 ") WITHOUT ROWID;"
                                 "PRAGMA application_id = 0x68666c64;"
                                 "PRAGMA user_version = 1;"
                                 "COMMIT;";

const char *const store_schema_legs = "CREATE TABLE IF NOT EXISTS legs ("
                                      " account TEXT NOT NULL,"
                                      " leg INTEGER NOT NULL," MEMORY ","
                                      " PRIMARY KEY (account, leg)"
                                      ") WITHOUT ROWID;";

const char *const store_columns_added[] = {
    "ALTER TABLE accounts ADD COLUMN pub_gruu TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE accounts ADD COLUMN temp_gruu TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE legs ADD COLUMN pub_gruu TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE legs ADD COLUMN temp_gruu TEXT NOT NULL DEFAULT ''",
    NULL,
};

#define COLUMNS                                                                                    \
    "call_id, cseq, contact, target, local, hop, endpoint, ends, former_contact, former_target, "  \
    "former_local, former_hop, former_endpoint, former_ends, realm, nonce, opaque, algorithm, "    \
    "qop, nc, nonce_server, pub_gruu, temp_gruu"

/* Of COLUMNS and `updated`. */
#define VALUES                                                                                     \
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "  \
    "?21, ?22, ?23, ?24"

const char *store_sql(enum store_statement statement) {
    static const char *const texts[STATEMENTS] = {
        [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
        [STATEMENT_COMMIT] = "COMMIT",
        [STATEMENT_ROLLBACK] = "ROLLBACK",
        [STATEMENT_WRITE] =
            "INSERT INTO accounts (" COLUMNS ", updated, account) VALUES (" VALUES
            ", ?25) ON CONFLICT (account) DO UPDATE SET (" COLUMNS ", updated) = (" VALUES ")",
        [STATEMENT_WRITE_LEG] = "INSERT OR REPLACE INTO legs (" COLUMNS
                                ", updated, account, leg) VALUES (" VALUES ", ?25, ?26)",
        [STATEMENT_DELETE] = "DELETE FROM accounts WHERE account = ?1",
        [STATEMENT_DELETE_LEGS] = "DELETE FROM legs WHERE account = ?1",
        [STATEMENT_RECALL] = "SELECT " COLUMNS " FROM accounts WHERE account = ?1",
        [STATEMENT_RECALL_LEG] = "SELECT " COLUMNS " FROM legs WHERE account = ?1 AND leg = ?2",
        [STATEMENT_INSTANCE_GET] = "SELECT instance FROM accounts WHERE account = ?1",
        [STATEMENT_INSTANCE_PUT] =
            "INSERT INTO accounts (account, instance, updated) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (account) DO UPDATE SET instance = ?2",
        [STATEMENT_PORT_GET] = "SELECT port FROM ports WHERE local = ?1 AND dscp = ?2",
        [STATEMENT_PORT_PUT] = "INSERT OR REPLACE INTO ports (local, dscp, port) "
                               "VALUES (?1, ?2, ?3)",
        [STATEMENT_FORGET] = "DELETE FROM accounts WHERE updated < ?1",
        [STATEMENT_FORGET_LEGS] = "DELETE FROM legs WHERE updated < ?1",
        [STATEMENT_RESERVE] = "UPDATE accounts SET cseq = min(cseq + ?1, 2147483647), "
                              "nc = min(nc + ?2, 2147483647)",
        [STATEMENT_RESERVE_LEGS] = "UPDATE legs SET cseq = min(cseq + ?1, 2147483647), "
                                   "nc = min(nc + ?2, 2147483647)",
    };

    return texts[statement];
}
