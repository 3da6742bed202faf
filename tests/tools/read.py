"""Reads stored operations as tables with pandas, polars, DuckDB and pyarrow, and runs the snippets of their pages.

Usage: read.py ORIGIN TOKEN < cases.json
A case is {"path": "...", "query": "...", "types": {column: arrow type}}. Every reading has to give the rows of `.json`.
"""

import datetime
import html
import io
import json
import math
import re
import sys
import tempfile
from urllib.request import Request, urlopen

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ORIGIN, TOKEN = sys.argv[1:3]
HEADERS = {"authorization": f"Bearer {TOKEN}"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def get(address):
    return urlopen(Request(address, headers=HEADERS)).read()


def plain(value):
    """A value as text that does not depend on how a tool holds it; None where there is none."""
    if value is None or value is pd.NaT or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return repr(float(value))
    if isinstance(value, str) and INSTANT.match(value):
        value = datetime.datetime.fromisoformat(value)
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith("["):
        return json.dumps(json.loads(value))
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return value if isinstance(value, str) else str(value)


def rows(table):
    """Columns and plain rows of whatever a tool made."""
    if isinstance(table, duckdb.DuckDBPyRelation):
        table = table.to_arrow_table()
    if isinstance(table, pl.DataFrame):
        table = table.to_arrow()
    if isinstance(table, pd.DataFrame):
        columns = [str(name) for name in table.columns]
        values = table.astype(object).where(table.notna(), None).values.tolist()
        return columns, [[plain(value) for value in row] for row in values]
    return table.column_names, [[plain(value) for value in row.values()] for row in table.to_pylist()]


def csv_and_json(case):
    csv, ndjson = get(address(case, "csv")), get(address(case, "ndjson"))
    yield "pandas CSV", pd.read_csv(
        address(case, "csv"), storage_options=HEADERS, float_precision="round_trip"
    )
    yield "polars CSV", pl.read_csv(io.BytesIO(csv), try_parse_dates=True, infer_schema_length=None)
    yield "pandas NDJSON", pd.read_json(io.BytesIO(ndjson), lines=True, dtype=False, precise_float=True)
    yield "polars NDJSON", pl.read_ndjson(io.BytesIO(ndjson), infer_schema_length=None)
    with tempfile.TemporaryDirectory() as folder:
        for ending, content, read in [("csv", csv, duckdb.read_csv), ("ndjson", ndjson, duckdb.read_json)]:
            with open(f"{folder}/rows.{ending}", "wb") as file:
                file.write(content)
            yield f"DuckDB {ending}", read(f"{folder}/rows.{ending}").to_arrow_table()


def typed(case):
    arrow, parquet = get(address(case, "arrow")), get(address(case, "parquet"))
    stream = pa.ipc.open_stream(arrow).read_all()
    yield "pyarrow Arrow", stream
    yield "pandas Arrow", stream.to_pandas()
    yield "polars Arrow", pl.read_ipc_stream(io.BytesIO(arrow))
    yield "DuckDB Arrow", duckdb.from_arrow(stream)
    yield "pyarrow Parquet", pq.read_table(io.BytesIO(parquet))
    yield "pandas Parquet", pd.read_parquet(io.BytesIO(parquet))
    yield "polars Parquet", pl.read_parquet(io.BytesIO(parquet))
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(parquet)
        file.flush()
        yield "DuckDB Parquet", duckdb.read_parquet(file.name).to_arrow_table()


def snippets(case):
    """What the page says to paste, with a token and the parameters of the case."""
    page = get(f"{ORIGIN}{case['path']}.html").decode()
    found = re.findall(r'data-template="([^"]*)" data-language="python"', page)
    assert len(found) == 3, f"{len(found)} Python snippets"
    for text in map(html.unescape, found):
        for ending in ["csv", "ndjson", "json", "arrow", "parquet"]:
            text = text.replace("{" + ending + "}", address(case, ending))
        made = {}
        exec(text.replace("TOKEN", TOKEN).replace(".show()", ""), made)
        yield text.splitlines()[3], made["rows"]


def address(case, ending):
    return f"{ORIGIN}{case['path']}.{ending}{case['query']}"


def check(case):
    wanted = json.loads(get(address(case, "json")))
    assert wanted, "there are no rows"
    columns = list(wanted[0])
    expected = [[plain(value) for value in row.values()] for row in wanted]
    types = {field.name: str(field.type) for field in pa.ipc.open_stream(get(address(case, "arrow"))).schema}
    for column, ty in case["types"].items():
        assert types.get(column) == ty, f"`{column}` is {types.get(column)}, not {ty}"
    readings = [*csv_and_json(case), *typed(case), *snippets(case)]
    for reader, table in readings:
        got_columns, got = rows(table)
        assert got_columns == columns, f"{reader}: {got_columns}"
        assert len(got) == len(expected), f"{reader}: {len(got)} rows, not {len(expected)}"
        for number, (one, other) in enumerate(zip(got, expected)):
            assert one == other, f"{reader}, row {number}: {one}, not {other}"
    print(f"{case['path']}: {len(expected)} rows, {len(readings)} readings")


for case in json.load(sys.stdin):
    try:
        check(case)
    except Exception as error:
        error.add_note(case["path"])
        raise
