"""Counts to figures (plain data), and figures to files: PDF, workbook, CSV and COCO."""
