import hashlib
import io
import zipfile
from pathlib import Path

import fsspec
import numpy as np
import polars as pl
import pytest

from leadscore.errors import BundleDamaged
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.models import bundle as module
from leadscore.models.boosters import Rounds, fit_boosters
from leadscore.models.bundle import MEMBERS, Artifact, Bundle, load, pack, save
from leadscore.models.calibration import Calibration
from leadscore.models.cutoff import Cutoff
from leadscore.models.recipe import Fit
from leadscore.models.reference import Reference
from leadscore.schema import Column, Kind, Schema, Type
from leadscore.sections import Validation
from leadscore.validate.rules import derive_rules

SCHEMA = Schema(
    columns=(
        Column(name="size", kind=Kind.NUMBER, type=Type.FLOAT),
        Column(name="country", kind=Kind.CATEGORY, type=Type.TEXT),
    )
)
INPUTS = Inputs.plain(SCHEMA)


def make_leads(n: int = 800, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    size = [None if rng.random() < 0.1 else value for value in rng.normal(size=n)]
    return pl.DataFrame({"size": size, "country": rng.choice(["chile", "대한민국", "spain"], n)})


def make_fit(seed: int) -> Fit:
    leads = make_leads()
    rng = np.random.default_rng(seed)
    converted = (rng.random(len(leads)) < leads["size"].fill_null(0).gt(0).to_numpy() * 0.3 + 0.05).astype(np.int64)
    features, matrix = FeatureMap.learn(leads, converted.astype(np.float64), INPUTS.columns, seed)
    rounds = Rounds(lightgbm=15, xgboost=12)
    boosters = fit_boosters(matrix, converted, rounds=rounds, valid=None, threads=1, seed=seed)
    calibration = Calibration.fit(boosters.log_odds(matrix), converted)
    probability = calibration.apply(boosters.log_odds(matrix))
    return Fit(features, boosters, calibration, Cutoff(value=1 / 3, f1=0.5), Reference.of(probability))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    rules = derive_rules(SCHEMA, make_leads(), Validation(), n_in_source=800, newest_gap_days=None)
    card = {"metrics": {"f1": 0.1 + 0.2, "n": 800}, "window": ["2024-11-01", None]}
    return Bundle(SCHEMA, rules, INPUTS, make_fit(1), make_fit(2), 0.2, card)


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
def test_a_bundle_read_back_is_the_same_to_the_last_bit(bundle: Bundle, tmp_path: Path, folder: str) -> None:
    artifact = save(bundle, folder.format(tmp=tmp_path))
    found = load(artifact.uri, artifact.sha256)
    assert (found.schema, found.rules, found.inputs, found.card) == (
        bundle.schema,
        bundle.rules,
        bundle.inputs,
        bundle.card,
    )
    unseen = make_leads(seed=3)
    for name in ("shipped", "evaluation"):
        before, after = getattr(bundle, name), getattr(found, name)
        assert after.features == before.features
        assert (after.calibration, after.cutoff, after.reference) == (
            before.calibration,
            before.cutoff,
            before.reference,
        )
        assert after.boosters.rounds == before.boosters.rounds
        np.testing.assert_array_equal(after.probability(unseen), before.probability(unseen))
    assert pack(found) == pack(bundle)


def test_the_version_is_the_day_and_the_digest_of_the_file(bundle: Bundle, tmp_path: Path) -> None:
    artifact = save(bundle, str(tmp_path))
    data = (tmp_path / f"{artifact.version}.zip").read_bytes()
    assert artifact.sha256 == hashlib.sha256(data).hexdigest()
    assert artifact.version == artifact.sha256[:12]
    assert [path.name for path in tmp_path.iterdir()] == [f"{artifact.version}.zip"]


def test_the_file_holds_json_and_model_text_only(bundle: Bundle) -> None:
    members = members_of(pack(bundle))
    assert tuple(members) == MEMBERS
    assert not any(b"\x80\x04" in content or b"\x80\x05" in content for content in list(members.values())[:3])


def test_equal_bundles_give_equal_bytes(bundle: Bundle) -> None:
    again = Bundle(SCHEMA, bundle.rules, INPUTS, make_fit(1), make_fit(2), 0.2, dict(bundle.card))
    assert pack(again) == pack(bundle)


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


@pytest.mark.parametrize("lost", MEMBERS)
def test_a_missing_member_is_named(bundle: Bundle, tmp_path: Path, lost: str) -> None:
    members = members_of(pack(bundle))
    del members[lost]
    artifact = put(zipped(members), tmp_path)
    with pytest.raises(BundleDamaged, match=f"missing: {lost}"):
        load(artifact.uri, artifact.sha256)


def test_a_member_that_does_not_belong_there_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    artifact = put(zipped(members_of(pack(bundle)) | {"model.pkl": b""}), tmp_path)
    with pytest.raises(BundleDamaged, match="members"):
        load(artifact.uri, artifact.sha256)


@pytest.mark.parametrize("spoilt", MEMBERS)
def test_an_unreadable_member_is_damage(bundle: Bundle, tmp_path: Path, spoilt: str) -> None:
    artifact = put(zipped(members_of(pack(bundle)) | {spoilt: b"{}"}), tmp_path)
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load(artifact.uri, artifact.sha256)


def test_what_is_no_zip_is_damage(tmp_path: Path) -> None:
    artifact = put(b"not a zip", tmp_path)
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load(artifact.uri, artifact.sha256)


def test_a_file_too_large_is_refused_before_it_is_read(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = save(bundle, str(tmp_path))
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(BundleDamaged, match="1,000 are allowed"):
        load(artifact.uri, artifact.sha256)


def test_members_that_unpack_to_too_much_are_refused_before_they_are_unpacked(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = save(bundle, str(tmp_path))
    size = fsspec.open(artifact.uri).fs.size(artifact.uri)
    monkeypatch.setattr(module, "MAX_BYTES", size + 1)
    with pytest.raises(BundleDamaged, match="unpacks to"):
        load(artifact.uri, artifact.sha256)
