"""The revision of the schema that this code works with, known without reading the migrations."""

REVISION = "0016"
