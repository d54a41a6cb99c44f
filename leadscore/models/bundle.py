"""A trained model as one zip file of JSON and of the members' own text. Nothing in it can execute."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue

from leadscore.errors import BundleDamaged
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.features.profile import Profile
from leadscore.features.shown import ShownRates
from leadscore.models import archive
from leadscore.models.calibration import Calibration
from leadscore.models.curve import Curve
from leadscore.models.cutoff import Cutoff
from leadscore.models.ensemble import Ensemble
from leadscore.models.fit import Fit
from leadscore.models.members.member import Family, Floats, Matrix, Member
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import Recipe
from leadscore.models.reference import Reference
from leadscore.models.shap import Explained
from leadscore.schema import Schema
from leadscore.validate.rules import Rules

FITS = ("shipped", "evaluation")
ABOUT, SEEN = "bundle.json", "evaluation/seen.npy"
UNKNOWN = Profile()  # of a model that was trained before there were any, or for a backtest

RETRAIN = (
    "restore the file from a backup, or go back to the newest model that is intact by `leadscore rollback`, or run "
    "`leadscore retrain` for a new one."
)


@dataclass(frozen=True)
class Bundle:
    """All that scoring needs and all that is known about the model.

    ``base_rate`` is the conversion rate of the leads that the shipped fit was trained on; ``recipe`` is that of both
    fits; ``seen`` (n,) are the rising hashes of the leads that the evaluation fit may know (`Known.seen`); ``shown`` is
    how often the leads of the shipped fit converted, by what reasons show of them, and ``profile`` how they are spread.
    """

    schema: Schema
    rules: Rules
    inputs: Inputs
    shipped: Fit
    evaluation: Fit
    base_rate: float
    recipe: Recipe
    seen: NDArray[np.uint64]
    card: dict[str, JsonValue]
    shown: ShownRates = field(default_factory=ShownRates)
    profile: Profile = UNKNOWN


@dataclass(frozen=True)
class Artifact:
    """A saved bundle."""

    version: str
    uri: str
    sha256: str


class About(BaseModel):
    """``bundle.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lead_schema: Schema
    rules: Rules
    inputs: Inputs
    base_rate: float
    recipe: Recipe
    card: dict[str, JsonValue]
    shown: ShownRates
    profile: Profile


class Voter(BaseModel):
    """A member of the vote: its ``file`` in the zip, and how to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    weight: float
    file: str


class Learned(BaseModel):
    """``fit.json``: a fit without its members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: FeatureMap
    voters: tuple[Voter, ...]
    calibration: Calibration
    curve: Curve
    cutoff: Cutoff
    reference: Reference


@dataclass(frozen=True)
class Filed:
    """A member as the bundle at ``uri`` holds it. It is read, by the library of its family, when it is to predict:
    to explain, and so to score, its ``data`` are enough. Raises BundleDamaged then, where they cannot be read.
    """

    kind: Family
    data: bytes
    uri: str

    def read(self) -> Member:
        """It, read once."""
        return self._read

    @cached_property
    def _read(self) -> Member:
        with _readable(self.uri):
            return self.kind.from_bytes(self.data)

    @property
    def family(self) -> str:
        return self.kind.name

    @property
    def trees(self) -> int:
        return self._read.trees

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        return self._read.log_odds(matrix, threads=threads)

    def to_bytes(self) -> bytes:
        return self.data

    def explain(self, rows: Sequence[int], weight: float) -> Explained:
        with _readable(self.uri):
            return self.kind.explain(self.data, rows, weight)


def save(bundle: Bundle, folder_url: str) -> Artifact:
    """Write ``<version>.zip`` into the folder at any fsspec URL. Equal bundles give equal bytes, written once."""
    data = pack(bundle)
    digest = hashlib.sha256(data).hexdigest()
    version = digest[:12]
    files, folder = url_to_fs(folder_url)
    path = f"{folder.rstrip('/')}/{version}.zip"
    if not files.exists(path) or files.cat_file(path) != data:
        files.makedirs(folder, exist_ok=True)
        _write(files, path, data)
    return Artifact(version, files.unstrip_protocol(path), digest)


def load(uri: str, sha256: str) -> Bundle:
    """Read a saved bundle whole, in memory only.

    Raises BundleDamaged where it is not, byte for byte, what was saved, or where this version cannot read it.
    """
    bundle = load_to_score(uri, sha256)
    for fit in (bundle.shipped, bundle.evaluation):
        for member in fit.ensemble.members:
            assert isinstance(member, Filed)
            member.read()
    return bundle


def load_to_score(uri: str, sha256: str) -> Bundle:
    """The same, but for its members (see `Filed`): who scores does without the libraries that grew them, which take
    two seconds to load, and a hundred megabytes.
    """
    data = _checked(uri, sha256)
    with _readable(uri):
        return unpack(data, uri)


def load_shown(uri: str, sha256: str) -> ShownRates:
    """Only that part of a saved bundle, which spares the reading of its members. Raises BundleDamaged, too."""
    data = _checked(uri, sha256)
    with _readable(uri):
        return About.model_validate_json(_taken(archive.unzipped(data), ABOUT)).shown


def pack(bundle: Bundle) -> bytes:
    """The bundle as the bytes of a zip file."""
    about = About(
        lead_schema=bundle.schema,
        rules=bundle.rules,
        inputs=bundle.inputs,
        base_rate=bundle.base_rate,
        recipe=bundle.recipe,
        card=bundle.card,
        shown=bundle.shown,
        profile=bundle.profile,
    )
    contents = {ABOUT: about.model_dump_json().encode(), SEEN: _array_bytes(bundle.seen)}
    for name, fit in zip(FITS, (bundle.shipped, bundle.evaluation), strict=True):
        contents |= _files(name, fit)
    return archive.zipped(contents)


def unpack(data: bytes, uri: str) -> Bundle:
    """The bundle in the bytes of the zip file at ``uri``. Raises ValueError, BadZipFile or zlib.error if it is none."""
    contents = archive.unzipped(data)
    about = About.model_validate_json(_taken(contents, ABOUT))
    shipped, evaluation = (_fit(contents, name, uri) for name in FITS)
    seen = _array(_taken(contents, SEEN))
    if contents:
        raise ValueError(f"it holds {sorted(contents)[0]}, which is no part of a bundle")
    parts = (about.lead_schema, about.rules, about.inputs, shipped, evaluation)
    return Bundle(*parts, about.base_rate, about.recipe, seen, about.card, about.shown, about.profile)


def _files(name: str, fit: Fit) -> dict[str, bytes]:
    """The files of a fit: one of its own, and one of each member."""
    ensemble = fit.ensemble
    voters = [
        Voter(family=member.family, weight=weight, file=f"{name}/{i}_{member.family}{FAMILIES[member.family].suffix}")
        for i, (member, weight) in enumerate(zip(ensemble.members, ensemble.weights, strict=True), start=1)
    ]
    learned = Learned(
        features=fit.features,
        voters=tuple(voters),
        calibration=fit.calibration,
        curve=fit.curve,
        cutoff=fit.cutoff,
        reference=fit.reference,
    )
    members = {voter.file: member.to_bytes() for voter, member in zip(voters, ensemble.members, strict=True)}
    return {f"{name}/fit.json": learned.model_dump_json().encode(), **members}


def _fit(contents: dict[str, bytes], name: str, uri: str) -> Fit:
    """The fit whose files are taken out of ``contents``."""
    learned = Learned.model_validate_json(_taken(contents, f"{name}/fit.json"))
    if unknown := [voter.family for voter in learned.voters if voter.family not in FAMILIES]:
        raise ValueError(f"its member {unknown[0]} is of a family that this version does not know")
    members = [Filed(FAMILIES[voter.family], _taken(contents, voter.file), uri) for voter in learned.voters]
    ensemble = Ensemble(members, tuple(voter.weight for voter in learned.voters))
    return Fit(learned.features, ensemble, learned.calibration, learned.curve, learned.cutoff, learned.reference)


def _array(data: bytes) -> NDArray[np.uint64]:
    """Not by ``np.load``, which takes archives, too. Raises ValueError where ``data`` are no hashes (n,)."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    hashes = data[stream.tell() :]
    if version != (1, 0) or dtype != np.uint64 or len(shape) != 1 or shape[0] * dtype.itemsize != len(hashes):
        raise ValueError(f"its {SEEN} is no row of hashes")
    return np.frombuffer(hashes, np.uint64)


def _array_bytes(array: NDArray[np.uint64]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _taken(contents: dict[str, bytes], name: str) -> bytes:
    try:
        return contents.pop(name)
    except KeyError:
        raise ValueError(f"its {name} is missing") from None


def _checked(uri: str, sha256: str) -> bytes:
    data = _read(uri)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BundleDamaged(f"The model bundle {uri} has changed since it was saved: its sha256 differs.", RETRAIN)
    return data


@contextmanager
def _readable(uri: str) -> Iterator[None]:
    """Say in words that what was read is no bundle."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError) as error:
        raise BundleDamaged(f"The model bundle {uri} cannot be read: {str(error).splitlines()[0]}.", RETRAIN) from error


def _read(uri: str) -> bytes:
    try:
        files, path = url_to_fs(uri)
        size = files.size(path) or 0
        if size > archive.MAX_BYTES:
            raise BundleDamaged(
                f"The model bundle {uri} has {size:,} bytes; {archive.MAX_BYTES:,} are allowed.", RETRAIN
            )
        content: bytes = files.cat_file(path)
    except OSError as error:
        raise BundleDamaged(f"The model bundle {uri} cannot be opened: {error}.", RETRAIN) from error
    return content


def _write(files: AbstractFileSystem, path: str, data: bytes) -> None:
    """Write so that no reader sees half a file. Object stores do so themselves; a local file is moved into place."""
    if not isinstance(files, LocalFileSystem):
        files.pipe_file(path, data)
        return
    part = f"{path}.part"
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
