"""A trained model as one zip file of JSON, LightGBM text and XGBoost UBJSON. Nothing in it can execute."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from pydantic import BaseModel, ConfigDict, JsonValue

from leadscore.errors import BundleDamaged
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.models.boosters import Boosters
from leadscore.models.calibration import Calibration
from leadscore.models.cutoff import Cutoff
from leadscore.models.recipe import Fit
from leadscore.models.reference import Reference
from leadscore.schema import Schema
from leadscore.validate.rules import Rules

MAX_BYTES = 256 * 2**20  # packed and, separately, unpacked; two fits of 600 trees take about 1 MB packed
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same for all members and models
FITS = ("shipped", "evaluation")
ABOUT = "bundle.json"
MEMBERS = (ABOUT, *(f"{fit}/{name}" for fit in FITS for name in ("fit.json", "lightgbm.txt", "xgboost.ubj")))

RETRAIN = "restore the file from a backup, or run `leadscore retrain` for a new model."


@dataclass(frozen=True)
class Bundle:
    """All that scoring needs and all that is known about the model.

    ``base_rate`` is the conversion rate of the leads that the shipped fit was trained on.
    """

    schema: Schema
    rules: Rules
    inputs: Inputs
    shipped: Fit
    evaluation: Fit
    base_rate: float
    card: dict[str, JsonValue]


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
    card: dict[str, JsonValue]


class Learned(BaseModel):
    """``fit.json``: a fit without its boosters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: FeatureMap
    calibration: Calibration
    cutoff: Cutoff
    reference: Reference

    @classmethod
    def of(cls, fit: Fit) -> Self:
        return cls(
            features=fit.features,
            calibration=fit.calibration,
            cutoff=fit.cutoff,
            reference=fit.reference,
        )

    def fit(self, boosters: Boosters) -> Fit:
        return Fit(self.features, boosters, self.calibration, self.cutoff, self.reference)


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
    """Read a saved bundle, in memory only. Raises BundleDamaged where it is not, byte for byte, what was saved."""
    data = _read(uri)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BundleDamaged(f"The model bundle {uri} has changed since it was saved: its sha256 differs.", RETRAIN)
    try:
        return unpack(data)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError) as error:
        raise BundleDamaged(f"The model bundle {uri} cannot be read: {str(error).splitlines()[0]}.", RETRAIN) from error


def pack(bundle: Bundle) -> bytes:
    """The bundle as the bytes of a zip file."""
    about = About(
        lead_schema=bundle.schema,
        rules=bundle.rules,
        inputs=bundle.inputs,
        base_rate=bundle.base_rate,
        card=bundle.card,
    )
    contents = [about.model_dump_json().encode()]
    for fit in (bundle.shipped, bundle.evaluation):
        contents += [Learned.of(fit).model_dump_json().encode(), *fit.boosters.to_bytes()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in zip(MEMBERS, contents, strict=True):
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # else the bytes would depend on the operating system
            archive.writestr(member, content)
    return buffer.getvalue()


def unpack(data: bytes) -> Bundle:
    """The bundle in the bytes of a zip file. Raises ValueError, BadZipFile or zlib.error where there is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _check_members(archive)
        contents = {name: archive.read(name) for name in MEMBERS}
    about = About.model_validate_json(contents[ABOUT])
    shipped, evaluation = (_fit(contents, name) for name in FITS)
    return Bundle(about.lead_schema, about.rules, about.inputs, shipped, evaluation, about.base_rate, about.card)


def _fit(contents: Mapping[str, bytes], name: str) -> Fit:
    learned = Learned.model_validate_json(contents[f"{name}/fit.json"])
    return learned.fit(Boosters.from_bytes(contents[f"{name}/lightgbm.txt"], contents[f"{name}/xgboost.ubj"]))


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if sorted(member.filename for member in members) != sorted(MEMBERS):
        missing = sorted(set(MEMBERS) - {member.filename for member in members})
        raise ValueError(f"its members are not those of a bundle (missing: {', '.join(missing) or 'none'})")
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes, more than the {MAX_BYTES:,} allowed")


def _read(uri: str) -> bytes:
    try:
        files, path = url_to_fs(uri)
        size = files.size(path) or 0
        if size > MAX_BYTES:
            raise BundleDamaged(f"The model bundle {uri} has {size:,} bytes; {MAX_BYTES:,} are allowed.", RETRAIN)
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
