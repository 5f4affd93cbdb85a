"""One DuckDB query that computes the last day's windows of every pupil from a log.

    python -m tests.bench.duckdb_windows LOG OUT.csv [THREADS]

DuckDB is the yardstick for speed: a very good vectorised engine. The query is written to be fast:
only the newest 60 school days' marks are taken apart, defaults are counted by group and day, not
by pupil and session. It honours that the last record of a slot wins (``arg_max`` by
``recorded_at``), and leaves out what the simulator's logs do not have (erasures, withdrawals,
reports, ties) and common cause. It folds no episodes and knows one day only: the last.
"""

import sys

import duckdb

COLUMNS = """{
    type: 'VARCHAR', school: 'VARCHAR', recorded_at: 'TIMESTAMP', date: 'DATE',
    session: 'TINYINT', minutes: 'SMALLINT', "group": 'VARCHAR', "default": 'VARCHAR',
    pupil: 'VARCHAR', "from": 'DATE', until: 'DATE', status: 'VARCHAR',
    marks: 'STRUCT(pupil VARCHAR, status VARCHAR, reason VARCHAR, minutes_missed SMALLINT)[]'
}"""

#: Places of a mark's flags above its minutes (at most 600).
_MISSED, _LATE = 100_000, 10_000

QUERY = f"""
COPY (
WITH events AS MATERIALIZED (
    SELECT * FROM read_json($log, format = 'newline_delimited', columns = {COLUMNS},
                            maximum_object_size = 16777216)
    WHERE type IN ('register', 'enrolment')
),
days AS MATERIALIZED (
    SELECT school, date, date_trunc('week', date) AS week,
           row_number() OVER (PARTITION BY school ORDER BY date DESC) AS back
    FROM (SELECT DISTINCT school, date FROM events WHERE type = 'register')
    QUALIFY back <= 60
),
weeks AS (
    SELECT school, week FROM (SELECT DISTINCT school, week FROM days)
    QUALIFY row_number() OVER (PARTITION BY school ORDER BY week DESC) <= 4
),
windows AS MATERIALIZED (
    SELECT days.school, days.date, days.back, weeks.week IS NOT NULL AS in_4w
    FROM days LEFT JOIN weeks USING (school, week)
),
enrolments AS MATERIALIZED (
    SELECT school, pupil, since, held.status AS status, held."group" AS "group",
           coalesce(lead(since) OVER (PARTITION BY school, pupil ORDER BY since) - 1,
                    DATE '9999-12-31') AS until
    FROM (
        SELECT school, pupil, "from" AS since,
               arg_max({{'status': status, 'group': "group"}}, recorded_at) AS held
        FROM events WHERE type = 'enrolment' GROUP BY ALL
    )
),
pupils AS (
    SELECT enrolments.school, pupil FROM enrolments
    JOIN windows ON windows.school = enrolments.school AND windows.back = 1
     AND windows.date BETWEEN since AND until
    WHERE status = 'enrolled'
),
defaults AS MATERIALIZED (
    SELECT school, "group", date, session, max(recorded_at) AS recorded_at
    FROM events WHERE type = 'register' AND "default" = 'present' GROUP BY ALL
),
by_default AS (
    SELECT enrolments.school, enrolments.pupil,
           sum(sessions) FILTER (back <= 5) AS expected_5,
           sum(sessions) FILTER (back <= 20) AS expected_20,
           sum(sessions) AS expected_60
    FROM (SELECT school, "group", date, count(*) AS sessions FROM defaults GROUP BY ALL) AS said
    JOIN windows USING (school, date)
    JOIN enrolments ON enrolments.school = said.school AND enrolments."group" = said."group"
     AND date BETWEEN since AND until AND status = 'enrolled'
    GROUP BY ALL
),
slots AS (
    -- One whole number a mark: missed, late without an excuse, minutes without an excuse. Taking
    -- the last of one number is a sixth faster than taking the last of a struct.
    SELECT school, mark.pupil AS pupil, date, session, max(recorded_at) AS recorded_at,
           arg_max(
               CASE WHEN mark.status = 'absent' AND coalesce(mark.reason, '') <> 'elsewhere'
                    THEN {_MISSED} ELSE 0 END
               + CASE WHEN coalesce(mark.reason, 'unknown') NOT IN ('unknown', 'unauthorised')
                      THEN 0
                      WHEN mark.status = 'late' THEN {_LATE}
                      WHEN mark.status IN ('absent', 'left_early')
                      THEN coalesce(mark.minutes_missed,
                                    CASE mark.status WHEN 'absent' THEN minutes ELSE 0 END)
                      ELSE 0 END,
               recorded_at) AS said
    FROM (
        SELECT school, date, session, minutes, recorded_at, unnest(marks) AS mark
        FROM events SEMI JOIN windows USING (school, date) WHERE type = 'register'
    )
    GROUP BY ALL
),
marked AS (
    SELECT slots.school, slots.pupil, back,
           1 - (defaults.session IS NOT NULL)::INT AS expected,
           CASE WHEN coalesce(defaults.recorded_at > slots.recorded_at, false)
                THEN 0 ELSE said END AS holds,
           holds // {_MISSED} = 1 AS missed,
           (holds % {_MISSED}) // {_LATE} = 1 AS late,
           CASE WHEN in_4w THEN holds % {_LATE} ELSE 0 END AS minutes
    FROM slots
    JOIN windows USING (school, date)
    JOIN enrolments ON enrolments.school = slots.school AND enrolments.pupil = slots.pupil
     AND slots.date BETWEEN since AND enrolments.until AND enrolments.status = 'enrolled'
    LEFT JOIN defaults ON defaults.school = slots.school AND defaults.date = slots.date
     AND defaults.session = slots.session AND defaults."group" = enrolments."group"
),
by_mark AS (
    SELECT school, pupil,
           count(*) FILTER (back <= 5 AND missed) AS missed_5,
           sum(expected) FILTER (back <= 5) AS expected_5,
           count(*) FILTER (back <= 20 AND missed) AS missed_20,
           sum(expected) FILTER (back <= 20) AS expected_20,
           count(*) FILTER (missed) AS missed_60,
           sum(expected) AS expected_60,
           sum(minutes) AS minutes,
           count(*) FILTER (late) AS late
    FROM marked GROUP BY ALL
)
SELECT school, pupil,
       coalesce(missed_5, 0) AS missed_sessions_5,
       coalesce(by_mark.expected_5, 0) + coalesce(by_default.expected_5, 0)
           AS expected_sessions_5,
       coalesce(missed_20, 0) AS missed_sessions_20,
       coalesce(by_mark.expected_20, 0) + coalesce(by_default.expected_20, 0)
           AS expected_sessions_20,
       coalesce(missed_60, 0) AS missed_sessions_60,
       coalesce(by_mark.expected_60, 0) + coalesce(by_default.expected_60, 0)
           AS expected_sessions_60,
       coalesce(minutes, 0) AS unauthorised_minutes_4w,
       coalesce(late, 0) AS late_60
FROM pupils
LEFT JOIN by_mark USING (school, pupil)
LEFT JOIN by_default USING (school, pupil)
ORDER BY school, pupil
) TO '$out' (HEADER, DELIMITER ',')
"""


def main() -> None:
    log, out = (name.replace("'", "''") for name in sys.argv[1:3])
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(QUERY.replace("$log", f"'{log}'").replace("$out", out))


if __name__ == "__main__":
    main()
