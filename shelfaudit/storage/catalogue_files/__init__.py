"""Catalogues in files: tables and folders of pictures, read and written."""

from shelfaudit.storage.catalogue_files.read import CatalogueFile, read_catalogue, read_catalogue_file
from shelfaudit.storage.catalogue_files.write import catalogue_table

__all__ = ["CatalogueFile", "catalogue_table", "read_catalogue", "read_catalogue_file"]
