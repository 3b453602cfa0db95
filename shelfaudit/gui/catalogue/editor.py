"""The catalogue being edited: changed at once in memory, then in the database, with an undo list of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_edits import CatalogueEdit, NameChange
from shelfaudit.errors import EditConflict
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.catalogue_edits import ProductUse, SavedEdit
from shelfaudit.storage.references import ReferencePicture
from shelfaudit.storage.repository import VisitRepository


@dataclass(frozen=True)
class _Loaded:
    catalogue: Catalogue
    uses: Mapping[str, ProductUse]


class CatalogueEditor(QObject):
    """Owns the catalogue of its window, how often each product was found, and the undo list."""

    changed = Signal()
    """Brands and products are others, or were read again."""
    uses_changed = Signal()
    edited = Signal(object, object)
    """The database has a `CatalogueEdit`, and the `NameChange`s of facings that followed from it."""
    taken_back = Signal(object, object)
    """A `CatalogueEdit` was taken back in the database; with it go these `NameChange`s."""
    pictures_changed = Signal(str)
    """The reference pictures of the product of this SKU."""
    failed = Signal(object)
    """An exception that kept an edit from being made or saved; the catalogue was read again."""

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._loaded = _Loaded(Catalogue(), {})
        self.names_without: Callable[[CatalogueEdit], Mapping[str, NameChange | None]] = lambda _edit: {}
        """What facings would be called now without an edit, where that is known better than when it was saved."""
        self.undo_stack = QUndoStack(self)

    @property
    def catalogue(self) -> Catalogue:
        return self._loaded.catalogue

    def use(self, sku: str) -> ProductUse:
        """How often a product was found in all visits, as far as that is known by now."""
        return self._loaded.uses.get(sku, ProductUse())

    def reload(self) -> None:
        """Read the catalogue again: it may have been changed elsewhere."""
        self._workers.ask(_load, self._take_loaded)

    def do(self, edit: CatalogueEdit) -> None:
        """Make an edit, save it, and remember it for undo."""
        if edit.changes_something:
            self.undo_stack.push(_EditCommand(self, edit))

    def take_import(self, saved: SavedEdit) -> None:
        """Something was imported and saved: it can be taken back like any edit."""
        self.undo_stack.push(_EditCommand(self, saved.edit, saved))
        self.edited.emit(saved.edit, saved.names)
        self.reload()

    def take_picture(self, picture: ReferencePicture) -> None:
        """A reference picture was added and saved."""
        self.undo_stack.push(_PictureCommand(self, picture, added=True))
        self.pictures_changed.emit(picture.sku)

    def remove_picture(self, picture: ReferencePicture) -> None:
        """Remove a reference picture."""
        self.undo_stack.push(_PictureCommand(self, picture, added=False))

    # What the commands do

    def show(self, edit: CatalogueEdit) -> None:
        """Apply an edit in memory; raises EditConflict."""
        self._loaded = _Loaded(edit.apply(self.catalogue), self._loaded.uses)
        self.changed.emit()

    def save(
        self, write: Callable[[VisitRepository], tuple[NameChange, ...]], tell: Callable[[tuple[NameChange, ...]], None]
    ) -> None:
        """Write an edit that is shown already, and tell the names that follow when it is on the disk."""

        def work(repository: VisitRepository) -> tuple[tuple[NameChange, ...], Mapping[str, ProductUse] | None]:
            names = write(repository)
            return names, repository.product_uses() if names else None

        def done(answer: tuple[tuple[NameChange, ...], Mapping[str, ProductUse] | None]) -> None:
            names, uses = answer
            if uses is not None:
                self._loaded = _Loaded(self.catalogue, uses)
                self.uses_changed.emit()
            tell(names)

        self._workers.ask(work, done, self.give_up)

    def save_picture(self, sku: str, write: Callable[[VisitRepository], object]) -> None:
        """Write a change of a product's pictures."""
        self._workers.ask(write, lambda _: self.pictures_changed.emit(sku), self.give_up)

    def give_up(self, error: Exception) -> None:
        """An edit could not be made: what was to be undone is uncertain now, and the database is the truth."""
        self.undo_stack.clear()
        self.reload()
        self.failed.emit(error)

    def _take_loaded(self, loaded: _Loaded) -> None:
        if loaded != self._loaded:
            self._loaded = loaded
            self.changed.emit()
            self.uses_changed.emit()


def _load(repository: VisitRepository) -> _Loaded:
    return _Loaded(repository.catalogue(), repository.product_uses())


class _EditCommand(QUndoCommand):
    """Makes an edit and takes it back. What the database needs for that, it notes when it saves: in its thread."""

    def __init__(self, editor: CatalogueEditor, edit: CatalogueEdit, saved: SavedEdit | None = None) -> None:
        super().__init__(edit.text)
        self._editor = editor
        self._edit = edit
        self._saved = saved
        self._done_already = saved is not None

    def redo(self) -> None:
        if self._done_already:
            self._done_already = False
            return
        if self._shown(self._edit):
            self._editor.save(self._write, lambda names: self._editor.edited.emit(self._edit, names))

    def undo(self) -> None:
        if self._shown(self._edit.reverted):
            known = self._editor.names_without(self._edit)
            self._editor.save(
                lambda repository: self._write_back(repository, known),
                lambda names: self._editor.taken_back.emit(self._edit, names),
            )

    def _shown(self, edit: CatalogueEdit) -> bool:
        try:
            self._editor.show(edit)
        except EditConflict as error:
            self.setObsolete(True)
            self._editor.failed.emit(error)
            return False
        return True

    def _write(self, repository: VisitRepository) -> tuple[NameChange, ...]:
        self._saved = repository.edit_catalogue(self._edit)
        return self._saved.names

    def _write_back(
        self, repository: VisitRepository, known: Mapping[str, NameChange | None]
    ) -> tuple[NameChange, ...]:
        if self._saved is None:
            return ()
        saved = self._saved.knowing(known)
        repository.take_back_catalogue_edit(saved)
        # All of them: what can be undone in the open visit has names that no facing has at the moment.
        return tuple(change.reverted for change in saved.names)


class _PictureCommand(QUndoCommand):
    """Adds or removes one reference picture."""

    def __init__(self, editor: CatalogueEditor, picture: ReferencePicture, *, added: bool) -> None:
        super().__init__("Add picture" if added else "Remove picture")
        self._editor = editor
        self._picture = picture
        self._added = self._done_already = added
        self._row: Mapping[str, object] = {}

    def redo(self) -> None:
        if self._done_already:
            self._done_already = False
            return
        self._run(there=self._added)

    def undo(self) -> None:
        self._run(there=not self._added)

    def _run(self, *, there: bool) -> None:
        self._editor.save_picture(self._picture.sku, self._restore if there else self._remove)

    def _remove(self, repository: VisitRepository) -> None:
        self._row = repository.remove_reference(self._picture.id)

    def _restore(self, repository: VisitRepository) -> None:
        repository.restore_reference(self._row)
