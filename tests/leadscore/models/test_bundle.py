import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fsspec
import numpy as np
import pytest

from leadscore.errors import BundleDamaged
from leadscore.features.inputs import Inputs
from leadscore.features.profile import Profile
from leadscore.features.shown import ShownRates
from leadscore.models import archive
from leadscore.models import bundle as module
from leadscore.models.bundle import Artifact, Bundle, load, load_shown, pack, save
from leadscore.models.calibration import Beta, Isotonic
from leadscore.models.fit import Fit, fit_recipe
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import Part, Recipe
from leadscore.schema import Schema
from leadscore.sections import Validation
from leadscore.validate.rules import derive_rules

SEEN = np.sort(np.random.default_rng(0).integers(0, 2**64, 1000, dtype=np.uint64))
WEIGHTS = (0.5, 0.3, 0.25, 0.1, 0.1, -0.05)
SIX = [f"{i}_{name}{family.suffix}" for i, (name, family) in enumerate(FAMILIES.items(), start=1)]
FILES = ["bundle.json", "evaluation/seen.npy", *(f"{fit}/{file}" for fit in module.FITS for file in ["fit.json", *SIX])]


def parts(rounds: int) -> tuple[Part, ...]:
    """Every family."""
    return tuple(
        Part(family=name, params={}, rounds=rounds if name != "logistic" else 0, weight=weight)
        for name, weight in zip(FAMILIES, WEIGHTS, strict=True)
    )


RECIPE = Recipe(left_out=(), treatment="none", parts=parts(8), bags=1)


@pytest.fixture(scope="module")
def make_bundle(make_known, context, schema: Schema, inputs: Inputs) -> Callable[[], Bundle]:
    def made() -> Bundle:
        known = make_known(900, in_time=False)
        rules = derive_rules(schema, known.leads, Validation(), n_in_source=900, newest_gap_days=None)
        card = {"metrics": {"f1": 0.1 + 0.2, "n": 900}, "window": ["2024-11-01", None], "country": "대한민국"}
        before = known[np.arange(700)]
        shipped, evaluation = (
            fit_recipe(each, inputs.columns, RECIPE, context(folds=2))[0] for each in (known, before)
        )
        shown = ShownRates(every=(900, 300), values={"country": {"한국": (40, 9)}})
        profile = Profile.of(shipped.features, shipped.features.transform(known.leads))
        return Bundle(schema, rules, inputs, shipped, evaluation, 0.2, RECIPE, SEEN, card, shown, profile)

    return made


@pytest.fixture(scope="module")
def bundle(make_bundle: Callable[[], Bundle]) -> Bundle:
    return make_bundle()


def same(before: Fit, after: Fit) -> bool:
    """Whether all but the members is the same."""
    parts = ("features", "calibration", "curve", "cutoff", "reference")
    weights = before.ensemble.weights == after.ensemble.weights
    return weights and all(getattr(before, part) == getattr(after, part) for part in parts)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put(data: bytes, folder: Path) -> Artifact:
    """A file with a correct sha256, whatever it holds."""
    path = folder / "made.zip"
    path.write_bytes(data)
    return Artifact("made", str(path), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("folder", ["{tmp}/models", "file://{tmp}/models", "memory://models"])
def test_a_bundle_of_every_family_read_back_is_the_same_to_the_last_bit(
    bundle: Bundle, tmp_path: Path, folder: str, make_known
) -> None:
    artifact = save(bundle, folder.format(tmp=tmp_path))
    found = load(artifact.uri, artifact.sha256)
    for name in ("schema", "rules", "inputs", "base_rate", "recipe", "card", "shown", "profile"):
        assert getattr(found, name) == getattr(bundle, name)
    np.testing.assert_array_equal(found.seen, bundle.seen)
    assert found.seen.dtype == np.uint64
    unseen = make_known(500, seed=3).leads
    for name in ("shipped", "evaluation"):
        before, after = getattr(bundle, name), getattr(found, name)
        assert same(before, after)
        assert [member.family for member in after.ensemble.members] == list(FAMILIES)
        np.testing.assert_array_equal(after.probability(unseen), before.probability(unseen))
    assert pack(found) == pack(bundle)
    assert load_shown(artifact.uri, artifact.sha256) == bundle.shown


@pytest.mark.parametrize("bend", [Beta(a=0.5, b=1.5, c=-0.25), Isotonic(log_odds=(-1.5, 0.1), calibrated=(-2.0, 0.3))])
def test_a_bent_calibration_is_read_back(bundle: Bundle, tmp_path: Path, bend: Beta | Isotonic, make_known) -> None:
    shipped = replace(bundle.shipped, calibration=bundle.shipped.calibration.model_copy(update={"bend": bend}))
    artifact = save(replace(bundle, shipped=shipped), str(tmp_path))
    found = load(artifact.uri, artifact.sha256)
    assert same(found.shipped, shipped)
    unseen = make_known(500, seed=3).leads
    np.testing.assert_array_equal(found.shipped.probability(unseen), shipped.probability(unseen))
    assert (shipped.probability(unseen) != bundle.shipped.probability(unseen)).any()


def test_the_probability_of_a_lead_depends_neither_on_the_threads_nor_on_the_other_leads(
    bundle: Bundle, tmp_path: Path, make_known
) -> None:
    artifact = save(bundle, str(tmp_path))
    shipped = load(artifact.uri, artifact.sha256).shipped
    unseen = make_known(500, seed=3).leads
    expected = shipped.probability(unseen, threads=1)
    for threads in (None, 1, 2, 3):
        np.testing.assert_array_equal(shipped.probability(unseen, threads=threads), expected)
        np.testing.assert_array_equal(shipped.probability(unseen[:77], threads=threads), expected[:77])


def test_the_version_is_the_digest_of_the_file(bundle: Bundle, tmp_path: Path) -> None:
    artifact = save(bundle, str(tmp_path))
    data = (tmp_path / f"{artifact.version}.zip").read_bytes()
    assert artifact.sha256 == hashlib.sha256(data).hexdigest()
    assert artifact.version == artifact.sha256[:12]
    assert [path.name for path in tmp_path.iterdir()] == [f"{artifact.version}.zip"]


def test_the_file_holds_json_and_model_text_only(bundle: Bundle) -> None:
    members = members_of(pack(bundle))
    assert list(members) == FILES
    assert {Path(name).suffix for name in members} == {".json", ".npy", ".txt"}
    for name, content in members.items():
        if name.endswith(".json"):
            assert isinstance(json.loads(content), dict)
        if not name.endswith(".npy"):
            content.decode()


def test_the_same_training_gives_the_same_bytes(bundle: Bundle, make_bundle: Callable[[], Bundle]) -> None:
    assert pack(make_bundle()) == pack(bundle)


def test_saving_twice_leaves_the_file_alone(bundle: Bundle, tmp_path: Path) -> None:
    artifact = save(bundle, str(tmp_path))
    path = tmp_path / f"{artifact.version}.zip"
    before = path.stat()
    assert save(bundle, str(tmp_path)) == artifact
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_saving_repairs_a_damaged_file_and_takes_over_a_half_written_one(bundle: Bundle, tmp_path: Path) -> None:
    artifact = save(bundle, str(tmp_path))
    path = tmp_path / f"{artifact.version}.zip"
    path.write_bytes(b"damaged")
    (tmp_path / f"{artifact.version}.zip.part").write_bytes(b"half")
    save(bundle, str(tmp_path))
    assert load(artifact.uri, artifact.sha256).card == bundle.card
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("at", [0, 0.3, 0.6, 0.999])
def test_one_flipped_bit_anywhere_is_noticed(bundle: Bundle, tmp_path: Path, at: float) -> None:
    artifact = save(bundle, str(tmp_path))
    path = tmp_path / f"{artifact.version}.zip"
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleDamaged, match="sha256 differs") as caught:
        load(artifact.uri, artifact.sha256)
    assert "leadscore retrain" in caught.value.hint


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        load(str(tmp_path / "nothing.zip"), "0" * 64)


@pytest.mark.parametrize("lost", FILES)
def test_a_missing_member_is_named(bundle: Bundle, tmp_path: Path, lost: str) -> None:
    members = members_of(pack(bundle))
    del members[lost]
    artifact = put(zipped(members), tmp_path)
    with pytest.raises(BundleDamaged, match=f"its {lost} is missing"):
        load(artifact.uri, artifact.sha256)


def test_a_member_that_does_not_belong_there_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    artifact = put(zipped(members_of(pack(bundle)) | {"model.pkl": b""}), tmp_path)
    with pytest.raises(BundleDamaged, match=r"holds model\.pkl, which is no part of a bundle"):
        load(artifact.uri, artifact.sha256)


def test_who_loads_to_score_reads_members_only_where_they_are_asked_for(bundle: Bundle, tmp_path: Path) -> None:
    """What a run asks of a model that has others score: no library of boosters is loaded for it."""
    artifact = save(bundle, str(tmp_path))
    told = (
        "import sys; from leadscore.models.bundle import load_to_score\n"
        f"fit = load_to_score({artifact.uri!r}, {artifact.sha256!r}).shipped\n"
        "print(fit.cutoff.value, len(fit.ensemble.members), 'lightgbm' in sys.modules)\n"
        "print(fit.ensemble.members[1].trees, 'lightgbm' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(bundle.shipped.cutoff.value), "6", "False", "8", "True"]


@pytest.mark.parametrize("spoilt", FILES)
@pytest.mark.parametrize("content", [b"{}", b"", b"\xff\xfe"])
def test_an_unreadable_member_is_damage(bundle: Bundle, tmp_path: Path, spoilt: str, content: bytes) -> None:
    artifact = put(zipped(members_of(pack(bundle)) | {spoilt: content}), tmp_path)
    with pytest.raises(BundleDamaged, match=r"made\.zip cannot be read"):
        load(artifact.uri, artifact.sha256)


def array(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


class Hostile:
    """Its pickle, when read, makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("made", [lambda evil: array(np.array([evil], object)), pickle.dumps])
def test_a_pickle_in_place_of_the_leads_seen_is_refused_and_not_run(
    bundle: Bundle, tmp_path: Path, made: Callable[[Hostile], bytes]
) -> None:
    trap = tmp_path / "sprung"
    artifact = put(zipped(members_of(pack(bundle)) | {module.SEEN: made(Hostile(trap))}), tmp_path)
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load(artifact.uri, artifact.sha256)
    assert not trap.exists()


@pytest.mark.parametrize("values", [SEEN.astype(float), SEEN.reshape(2, -1), SEEN[0]])
def test_leads_seen_are_hashes_one_after_the_other(bundle: Bundle, tmp_path: Path, values: np.ndarray) -> None:
    artifact = put(zipped(members_of(pack(bundle)) | {module.SEEN: array(values)}), tmp_path)
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load(artifact.uri, artifact.sha256)


def test_an_array_that_is_shorter_than_it_says_is_damage_and_takes_no_memory(bundle: Bundle, tmp_path: Path) -> None:
    header, _, hashes = array(SEEN).partition(b"(1000,), }     ")
    artifact = put(zipped(members_of(pack(bundle)) | {module.SEEN: header + b"(10000000000,)}" + hashes}), tmp_path)
    with pytest.raises(BundleDamaged, match="is no row of hashes"):
        load(artifact.uri, artifact.sha256)


def with_voters(bundle: Bundle, change: Callable[[list[dict[str, object]]], None]) -> bytes:
    members = members_of(pack(bundle))
    learned = json.loads(members["shipped/fit.json"])
    change(learned["voters"])
    return zipped(members | {"shipped/fit.json": json.dumps(learned).encode()})


def test_a_family_that_this_version_does_not_know_is_named(bundle: Bundle, tmp_path: Path) -> None:
    artifact = put(with_voters(bundle, lambda voters: voters[0].update(family="oracle")), tmp_path)
    with pytest.raises(BundleDamaged, match="member oracle is of a family that this version does not know"):
        load(artifact.uri, artifact.sha256)


def test_a_file_is_one_member_s(bundle: Bundle, tmp_path: Path) -> None:
    for change, words in (
        (lambda voters: voters.append(voters[0]), "1_logistic.json is missing"),
        (lambda voters: voters.pop(), "holds shipped/6_catboost.txt, which is no part of a bundle"),
        (lambda voters: voters[1].update(family="logistic"), "cannot be read"),
        (lambda voters: voters[1].update(file="../../etc/passwd"), "../../etc/passwd is missing"),
    ):
        artifact = put(with_voters(bundle, change), tmp_path)
        with pytest.raises(BundleDamaged, match=words):
            load(artifact.uri, artifact.sha256)


def test_what_is_no_zip_is_damage(tmp_path: Path) -> None:
    artifact = put(b"not a zip", tmp_path)
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load(artifact.uri, artifact.sha256)


def test_a_file_too_large_is_refused_before_it_is_read(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = save(bundle, str(tmp_path))
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    with pytest.raises(BundleDamaged, match="1,000 are allowed"):
        load(artifact.uri, artifact.sha256)


def test_members_that_unpack_to_too_much_are_refused_before_they_are_unpacked(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = save(bundle, str(tmp_path))
    size = fsspec.open(artifact.uri).fs.size(artifact.uri)
    monkeypatch.setattr(archive, "MAX_BYTES", size + 1)
    with pytest.raises(BundleDamaged, match="unpacks to"):
        load(artifact.uri, artifact.sha256)
