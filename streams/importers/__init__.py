"""Other systems' files into gemist's log: Ed-Fi bulk XML, and CSV lists.

Every importer follows the same four steps, so that one suite of tests holds them all:

1. a reader (`edfi`, `csv_marks`) turns each element or row into one `Fact`, or says why not;
2. `days` knows on which dates the school was open, and refuses facts of other dates;
3. `log` groups the facts into registers and gives events in the order of their recording;
4. `ledger` counts: for each kind, read = imported + not imported.

One element or row is one mark in the log or one line in the list of what was not imported.
Nothing is dropped in silence, and nothing is merged: where two marks speak of one pupil, day
and session, both are in the log, and the law of ties of SEMANTICS.md says which one holds.
"""
