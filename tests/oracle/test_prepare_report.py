"""What the report of `fettle prepare` says of rows, held against Python's own counts."""

import json


def test_rows_are_counted_over_time(run_fettle, tmp_path):
    dates = ["2023-12-31T23:30:00-02:00", "2024-01-05", 1709209805, "2024-03", None, "2024-01-09"]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"text": f"row {min(i, 4)}", "created_at": date}) + "\n"
                            for i, date in enumerate(dates)))
    out = tmp_path / "out"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(json.dumps({"sources": [str(rows)], "stages": ["exact_duplicates"],
                                  "output": {"output_dir": str(out)}}))
    manifest = json.loads(run_fettle("prepare", recipe, "--json").stdout)
    assert manifest["before"]["months"] == {"2024-01": 3, "2024-02": 1, "2024-03": 1}
    assert manifest["after"]["months"] == {"2024-01": 2, "2024-02": 1, "2024-03": 1}
    assert "<h2>Over time</h2>" in (out / "report.html").read_text()
    for line in (out / "train.jsonl").read_text().splitlines():
        assert set(json.loads(line)) == {"text", "created_at"}
    run_fettle("prepare", recipe, "-q", "--overwrite", "--set", "date_column=text")
    assert "Over time" not in (out / "report.html").read_text()
