"""From files to tables of texts: read, checked and split, with every doubt named by file and line.

::

    read.py        read_texts, read_lines: the way in, by folder, ending or content
      files.py       bytes of a file, unpacked from gz and zst      encoding.py  bytes to UTF-8
      folders.py     a folder for each class                        documents.py very many small files
      delimited.py   CSV, TSV: fast where a table is sound          layout.py    is every row of it sound?
      strict.py      row by row where it is not                     badrows.py   what to say of a bad one
      jsonl.py       one JSON object a line                         lines.py     one text a line, __label__ lines
      parquet.py     Parquet
      tables.py      from any columns to texts and labels           columns.py   which column is which
      names.py       labels, groups and ids as strings              splits.py    the parts of a data set
    ts_files.py    whole series of .ts files                        long.py      those of a table, a row for each step
    series_table.py  SeriesTable: what comes out of both
    table.py       TextTable and ReadOptions: what comes out, what can be asked
    split.py       training, validation and test rows; no text on both sides
    check.py       what a person should know of the rows before training on them
    samples.py     real texts that are on every machine: the docstrings of installed libraries

    obtain.py      from an entry of the catalogue to a folder of files: fetched once, checked, unpacked
      catalogue.py   public data: addresses, sizes, published checksums, licences
      download.py    one file from a web server, gone on with where it was cut
      unpack.py      an archive, never a byte outside of its folder     lock.py   one process at a time
"""
