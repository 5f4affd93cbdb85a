"""The mean of models, its bins and its tables: the same on rows that look like real ones."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gemist.cli import app
from models.features import FEATURES
from models.fitting.bins import MOST_EDGES, bins_of
from models.fitting.expectations import direction
from models.fitting.fit import Ensemble, draw, fit
from models.pattern_table import PatternTable, read_patterns
from models.scorecard.document import Settings
from models.scorecard.tables import Tables

ROOT = Path(__file__).resolve().parents[2]
EDFI = sorted((ROOT / "tests/data/edfi").glob("*.xml"))


def run(*arguments: object) -> None:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = tmp_path_factory.mktemp("fit") / "log.ndjson"
    run("simulate", "--schools", 3, "--pupils", 450, "--days", 120, "--seed", 5, "--out", log)
    return log


@pytest.fixture(scope="module", params=["simulated", "Ed-Fi sample"])
def table(request, log: Path) -> PatternTable:
    found = log.with_name(f"{request.param}.parquet")
    if request.param == "simulated":
        run("patterns", log, "--every", 3, "--out", found)
    else:
        district = log.with_name("district.ndjson")
        run("import", "edfi", *EDFI, "--timezone", "America/Chicago", "--out", district)
        run("patterns", district, "--pack", "any", "--out", found)
    return read_patterns(found)


def invented_label(features: np.ndarray) -> np.ndarray:
    """Depends a little on every pattern, nulls included."""
    random = np.random.default_rng(1)
    weights = random.normal(0, 1, features.shape[1])
    spread = np.nanstd(features, axis=0) + 1e-9
    log_odds = np.nan_to_num(features / spread, nan=0.7) @ weights
    log_odds = log_odds - np.median(log_odds) - 1
    return (random.random(len(features)) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)


def fitted(table: PatternTable) -> Ensemble:
    features = table.features()
    settings = Settings(60, 0.1, 4, 10, 1.0)
    pupil = table.pupil.astype(np.int64)
    return fit(features, invented_label(features), pupil, table.school, settings, 0)


def test_tables_say_what_the_mean_of_the_models_says(table: PatternTable) -> None:
    model = fitted(table)
    intercept, tables = model.tables()
    assert len(tables) > 5
    columns = [FEATURES.index(each.pattern) for each in tables]
    known = table.features()
    random = np.random.default_rng(2)
    beside = np.nextafter(known, np.where(random.random(known.shape) < 0.5, np.inf, -np.inf))
    mixed = random.permuted(np.concatenate([known, beside]), axis=0)
    mixed[random.random(mixed.shape) < 0.05] = np.nan
    for features in (known, beside, mixed):
        compiled = intercept + Tables(tables).points(features.T[columns]).sum(axis=0)
        assert np.abs(compiled - model.log_odds(features)).max() < 1e-9


def test_the_mean_keeps_what_every_model_promises(table: PatternTable) -> None:
    for each in fitted(table).tables()[1]:
        steps = np.diff(each.values)
        match direction(each.pattern):
            case "rising":
                assert (steps >= -1e-12).all()
            case "falling":
                assert (steps <= 1e-12).all()


def test_a_fit_uses_more_than_one_half_of_the_pupils(table: PatternTable) -> None:
    model = fitted(table)
    features = table.features()
    one, other = (each.decision_function(model.bins.numbers(features)) for each in model.models[:2])
    assert np.abs(one - other).max() > 0.01
    assert np.allclose(sum(m.decision_function(model.bins.numbers(features)) for m in model.models)
                       / len(model.models), model.log_odds(features))  # fmt: skip


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 300))
def test_a_bag_has_whole_pupils_and_both_labels(seed: int, pupils: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    pupil = random.integers(0, pupils, rows)
    label = (random.random(rows) < 0.2).astype(np.int8)
    has_both = 0 < label.sum() < rows
    bags = list(draw(label, pupil, np.zeros(rows), seed, 4))
    for bag in bags:
        whole = bag.all()
        assert whole or set(pupil[bag]).isdisjoint(pupil[~bag])
        assert whole or 0 < label[bag].sum() < bag.sum()
        assert not has_both or 0 < label[bag].sum() < bag.sum()
    for one, other in (bags[:2], bags[2:]):
        if not one.all() and not other.all():
            assert (one ^ other).all()


def test_of_many_schools_each_bag_leaves_out_others() -> None:
    random = np.random.default_rng(0)
    pupil = np.repeat(np.arange(2000), 3)
    label = (random.random(6000) < 0.2).astype(np.int8)
    for schools, out in ((10, {2, 3}), (7, {0})):
        school = pupil % schools
        missing = [
            set(range(schools)) - set(school[bag]) for bag in draw(label, pupil, school, 1, 8)
        ]
        assert {len(each) for each in missing} == out
        for number in range(schools):
            assert sum(number in each for each in missing) == (2 if schools == 10 else 0)


@given(st.integers(0, 1000), st.integers(1, 600))
def test_bins_part_values_where_people_would(seed: int, most: int) -> None:
    random = np.random.default_rng(seed)
    names = ("run_days", "missed_share_60")
    whole = random.integers(0, most, 800).astype(float)
    features = np.stack([whole, random.integers(-most, most, 800) / most], axis=1)
    features[random.random(features.shape) < 0.1] = np.nan
    bins = bins_of(features, names)
    numbers = bins.numbers(features)
    assert (np.isnan(numbers) == np.isnan(features)).all()
    for place, edges in enumerate(bins.edges):
        assert len(edges) <= MOST_EDGES
        assert (np.diff(edges) > 0).all()
        for value, number in zip(features[:, place], numbers[:, place], strict=True):
            if not np.isnan(value):
                assert number == sum(edge < value for edge in edges)
    assert (bins.edges[0] % 1 == 0.5).all()
    if most <= MOST_EDGES:
        assert len(np.unique(whole[~np.isnan(features[:, 0])])) == len(bins.edges[0]) + 1
    assert np.allclose(bins.edges[1] * 200, np.round(bins.edges[1] * 200), atol=1e-9)


@pytest.mark.slow
def test_a_seed_gives_the_same_bytes_in_every_process_on_one_thread_or_two(log: Path) -> None:
    made = []
    for number, threads in enumerate((1, 2, 2)):
        out = log.with_name(f"card{number}.json")
        command = [sys.executable, "-m", "gemist", "train", log, "--every", "10", "--out", out]
        changed = {"OMP_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(number)}
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | changed, capture_output=True)
        made.append(out.read_bytes())
    assert made[0] == made[1] == made[2]
