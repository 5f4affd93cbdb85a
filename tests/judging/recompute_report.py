"""The figures of a report anew, from a table of patterns, by nothing that made the report.

    python -m tests.judging.recompute_report patterns.parquet report.json

The table is one of ``gemist patterns --scorecard``, of the same logs and cuts. Reads it row by row
in plain Python, after the definitions that the report itself gives; prints every figure that
differs, and ends with status 1 if one does.
"""

import json
import math
import sys
from collections import defaultdict
from datetime import date
from itertools import groupby
from pathlib import Path
from zlib import crc32

from pyarrow import parquet

BASELINES = ("rate", "rules", "early_count", "surroundings", "logistic")
METHODS = ("scorecard", *BASELINES)
NOTHING = -math.inf


def rows_of(file):
    return parquet.read_table(file).to_pylist()


# ---- the ways to rank


def share(row, days):
    expected = row[f"expected_sessions_{days}"]
    return row[f"missed_sessions_{days}"] / expected if expected else None


def give_scores(rows, logistic):
    """Put each method's score into each row, under ``("score", method)``."""
    began = {}
    for row in rows:
        began[row["school"]] = min(row["as_of"], began.get(row["school"], row["as_of"]))
    totals = defaultdict(lambda: [0, 0])
    for row in rows:
        for key in ((row["school"], row["as_of"]), (row["school"], row["as_of"], row["group"])):
            totals[key][0] += row["missed_sessions_60"]
            totals[key][1] += row["expected_sessions_60"]

    def part(*key):
        missed, expected = totals[key]
        return missed / expected if expected else 0.0

    last_early = {}
    for row in sorted(rows, key=lambda row: row["as_of"]):
        rate = share(row, 60)
        year, day = divmod((row["as_of"] - began[row["school"]]).days, 365)
        key = (row["school"], row["pupil"], year)
        if day < 84:
            last_early[key] = row["missed_sessions_60"]
        of_school = part(row["school"], row["as_of"])
        of_group = of_school
        if row["group"] is not None:
            of_group = part(row["school"], row["as_of"], row["group"])
        tier = max(row["tier_attendance"], row["tier_unauthorised"])
        row["by"] = {
            "scorecard": NOTHING if row["score"] is None else row["score"],
            "rate": NOTHING if rate is None else rate,
            "rules": 2 * tier + (rate or 0.0),
            "early_count": last_early.get(key, row["missed_sessions_60"]),
            "surroundings": (of_school + of_group) / 2,
            "logistic": logistic_score(row, logistic),
        }


def logistic_score(row, logistic):
    long, short = share(row, 60), share(row, 20)
    terms = {
        "share_60": long or 0.0,
        "share_20": (long or 0.0) if short is None else short,
        "nothing_expected": float(long is None),
    }
    points = logistic["intercept"]
    for term, coefficient in logistic["coefficients"].items():
        value = terms[term] if term in terms else row[term] or 0.0
        points += coefficient * value
    return 1 / (1 + math.exp(-points))


# ---- figures


def segments(rows, per_day):
    found = defaultdict(list)
    for row in rows:
        found[(row["school"], row["as_of"]) if per_day else ()].append(row)
    return list(found.values())


def auc(parts, method):
    ordered = pairs = 0.0
    for rows in parts:
        by_score = sorted(rows, key=lambda row: row["by"][method])
        worse = true_all = 0
        for _, tie in groupby(by_score, key=lambda row: row["by"][method]):
            truths = [row["truth"] for row in tie]
            true, false = sum(truths), len(truths) - sum(truths)
            ordered += true * (worse + false / 2)
            worse += false
            true_all += true
        pairs += true_all * worse
    return ordered / pairs if pairs else None


def named(rows, method, budget):
    """How many are named, and how many of those are right, where the last tie is shared."""
    looked_at = right = 0.0
    best_first = sorted(rows, key=lambda row: -row["by"][method])
    for _, tie in groupby(best_first, key=lambda row: row["by"][method]):
        truths = [row["truth"] for row in tie]
        taken = min(len(truths), budget - looked_at)
        if taken <= 0:
            break
        looked_at += taken
        right += sum(truths) * taken / len(truths)
    return looked_at, right


def precision_recall(parts, method, budgets):
    of = [named(rows, method, budget) for rows, budget in zip(parts, budgets, strict=True)]
    looked_at, right = sum(each[0] for each in of), sum(each[1] for each in of)
    there = sum(row["truth"] for rows in parts for row in rows)
    return {
        "precision": right / looked_at if looked_at else None,
        "recall": right / there if there else None,
    }


def average_precision(rows, method):
    seen = found = total = 0
    best_first = sorted(rows, key=lambda row: -row["by"][method])
    for _, tie in groupby(best_first, key=lambda row: row["by"][method]):
        truths = [row["truth"] for row in tie]
        seen += len(truths)
        found += sum(truths)
        total += sum(truths) * found / seen
    return total / found if found else None


def figures_of(known, method, flagged, loud):
    found = {"pooled": {"average_precision": average_precision(known, method)}}
    for name, per_day in (("pooled", False), ("per_school_day", True)):
        parts = segments(known, per_day)
        place = found.setdefault(name, {})
        place["auc"] = auc(parts, method)
        for percent in (5, 10, 20):
            budgets = [len(rows) * percent / 100 for rows in parts]
            place[f"top_{percent}"] = precision_recall(parts, method, budgets)
    for name, number in (("as_many_alerts", flagged), ("as_many_as_rules", loud)):
        found[name] = precision_recall([known], method, [number])
    return found


# ---- alerts


def cut_numbers(rows):
    days = defaultdict(set)
    for row in rows:
        days[row["school"]].add(row["as_of"])
    return {
        (school, day): number
        for school, of in days.items()
        for number, day in enumerate(sorted(of))
    }


def first_flagged(rows, method, number):
    def place(row):
        lot = crc32(f"{row['school']}/{row['pupil']}".encode())
        return -row["by"][method], lot, row["as_of"]

    return {id(row) for row in sorted(rows, key=place)[:number]}


def by_pupil(rows):
    found = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["as_of"]):
        found[row["school"], row["pupil"]].append(row)
    return found


def load(rows, flagged, numbers):
    alerts = 0
    for of in by_pupil(rows).values():
        before = None
        for row in of:
            number = numbers[row["school"], row["as_of"]]
            goes_on = before == number - 1
            if id(row) in flagged:
                alerts += not goes_on
                before = number
    weeks, mentors, alone = {}, defaultdict(set), defaultdict(set)
    for row in rows:
        week = (row["as_of"].toordinal() - 1) // 7
        low, high = weeks.get(row["school"], (week, week))
        weeks[row["school"]] = (min(low, week), max(high, week))
        if row["mentor"] is not None:
            mentors[row["school"]].add(("mentor", row["mentor"]))
        elif row["group"] is not None:
            mentors[row["school"]].add(("group", row["group"]))
        else:
            alone[row["school"]].add(row["pupil"])
    mentor_weeks = sum(
        (high - low + 1) * (len(mentors[school]) + len(alone[school]) / 25)
        for school, (low, high) in weeks.items()
    )
    return {
        "rows": len(flagged),
        "alerts": alerts,
        "mentor_weeks": mentor_weeks,
        "per_mentor_week": alerts / mentor_weeks,
    }


def days_gained(rows, flagged, loud, numbers, every):
    gained = []
    for of in by_pupil(rows).values():
        places = [(numbers[row["school"], row["as_of"]], row) for row in of]
        spoken = next((place for place, row in places if id(row) in loud), None)
        if spoken is None or spoken == places[0][0]:
            continue
        before = [
            place
            for place, row in places
            if id(row) in flagged and spoken - 60 // every <= place < spoken
        ]
        gained.append((spoken - min(before)) * every if before else 0)
    if not gained:
        return {"mean": None, "share_told_earlier": None}
    return {
        "mean": sum(gained) / len(gained),
        "share_told_earlier": sum(days > 0 for days in gained) / len(gained),
    }


# ---- parts


def parts_of(known, key):
    found = {}
    for name in {key(row) for row in known}:
        rows = [row for row in known if key(row) == name]
        pupils = len({(row["school"], row["pupil"]) for row in rows})
        if pupils < 20:
            found[name] = {"pupils": None, "rows": None}
            continue
        days = segments(rows, per_day=True)
        top = precision_recall(days, "scorecard", [len(of) / 10 for of in days])
        found[name] = {
            "pupils": pupils,
            "rows": len(rows),
            "auc": auc(days, "scorecard"),
            "precision_top_10": top["precision"],
            "prevalence": sum(row["truth"] for row in rows) / len(rows),
        }
    return found


def recompute(rows, report):
    """Give the figures in the shape of the report, without their intervals."""
    label = f"label_{report['label']}"
    give_scores(rows, report["logistic"])
    if report["since"] is not None:
        since = date.fromisoformat(report["since"])
        rows = [row for row in rows if row["as_of"] >= since]
    known = [row for row in rows if row[label] is not None]
    for row in known:
        row["truth"] = row[label]
    threshold, every = report["scorecard"]["threshold"], report["every"]
    ours = {id(row) for row in rows if row["by"]["scorecard"] >= threshold}
    loud = {id(row) for row in rows if max(row["tier_attendance"], row["tier_unauthorised"]) >= 2}
    numbers = cut_numbers(rows)
    methods, loads = {}, {}
    for method in METHODS:
        flagged = ours if method == "scorecard" else first_flagged(rows, method, len(ours))
        methods[method] = figures_of(
            known,
            method,
            sum(id(row) in ours for row in known),
            sum(id(row) in loud for row in known),
        )
        if method != "rules":
            methods[method]["days_gained"] = days_gained(rows, flagged, loud, numbers, every)
        loads[method] = load(rows, flagged, numbers)
    loads["rules_at_their_own_number"] = load(rows, loud, numbers)
    top = {each: methods[each]["per_school_day"]["top_10"]["precision"] for each in METHODS}
    best = max(BASELINES, key=lambda each: top[each])
    true = sum(row["truth"] for row in known)
    return {
        "verdict": {
            "best_baseline": best,
            "difference": {"value": top["scorecard"] - top[best]},
        },
        "data": {
            "rows": len(known),
            "pupils": len({(row["school"], row["pupil"]) for row in known}),
            "pupils_to_find": len({(row["school"], row["pupil"]) for row in known if row["truth"]}),
            "schools": len({row["school"] for row in known}),
            "school_days": len({(row["school"], row["as_of"]) for row in known}),
            "first": min(row["as_of"] for row in known).isoformat(),
            "last": max(row["as_of"] for row in known).isoformat(),
            "prevalence": true / len(known),
        },
        "methods": methods,
        "calibration": {
            "brier": sum((row["score"] - row["truth"]) ** 2 for row in known) / len(known),
            "brier_of_prevalence": true / len(known) * (1 - true / len(known)),
        },
        "alerts": loads,
        "phases": parts_of(known, lambda row: row["phase"]),
        "schools": parts_of(known, lambda row: row["school"]),
    }


# ---- comparing


def differences(ours, theirs, path=()):
    """Name every figure of ours that the report gives differently."""
    if isinstance(theirs, list):
        theirs = {each["name"]: each for each in theirs}
    if isinstance(ours, dict):
        for key, value in ours.items():
            if not isinstance(theirs, dict) or key not in theirs:
                yield f"{'.'.join(map(str, (*path, key)))}: not in the report"
            else:
                yield from differences(value, theirs[key], (*path, key))
        return
    if isinstance(theirs, dict):
        theirs = theirs["value"]
    same = ours == theirs
    if isinstance(ours, float) and isinstance(theirs, int | float):
        same = math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=2e-6)
    if not same:
        yield f"{'.'.join(map(str, path))}: {ours}, in the report {theirs}"


def main():
    table, report = sys.argv[1:]
    reported = json.loads(Path(report).read_text(encoding="utf-8"))
    found = list(differences(recompute(rows_of(table), reported), reported))
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} figures differ\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
