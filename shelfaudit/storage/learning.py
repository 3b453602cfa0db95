"""What corrected photos serve when the detector learns."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from shelfaudit.domain.learning import Purpose
from shelfaudit.storage.part import RepositoryPart, upsert
from shelfaudit.storage.tables import LearningPhotoRow


class LearningPart(RepositoryPart):
    """Keeping which photos are locked and which were trained on."""

    def learning_purposes(self) -> dict[str, Purpose]:
        """What photos have served so far, by the hash of their file."""
        with self._database.reading() as session:
            return dict(session.execute(select(LearningPhotoRow.sha256, LearningPhotoRow.purpose)).all())

    def save_learning_purposes(self, purposes: Mapping[str, Purpose]) -> None:
        """Keeps what photos serve from now on."""
        values = [{"sha256": sha256, "purpose": purpose} for sha256, purpose in purposes.items()]
        with self._database.writing() as session:
            upsert(session, LearningPhotoRow, "sha256", values)
