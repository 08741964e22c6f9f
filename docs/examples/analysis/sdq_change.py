"""Change of SDQ scores net of regression to the mean, by placement type, worked out from rows about children.

    python3 docs/examples/analysis/sdq_change.py bin/throughline demo

A child with a high first score tends to score lower next time, whatever happens in between. So each second score is compared with what a
straight line through the first and second scores of all other children leads to expect: those of the same age group, with as many years between
the scores, outside the group and year in question. That is how indicator REC05 is defined, and the last line compares every figure for England
with the product's own, unrounded. It opens the research database with the duckdb package where Python has it, else it asks the program for CSV."""

import csv
import io
import subprocess
import sys
from collections import defaultdict
from math import fsum

PROGRAM, PROJECT = sys.argv[1:3]


def rows(sql):
    """Rows of the research database, as dictionaries of text."""
    try:
        import duckdb
    except ImportError:
        out = subprocess.run([PROGRAM, "query", "--dir", PROJECT, "--db", "research", "-o", "csv", sql], check=True, capture_output=True, text=True)
        return list(csv.DictReader(io.StringIO(out.stdout)))
    with duckdb.connect(f"{PROJECT}/outputs/latest/research.duckdb", read_only=True) as db:
        result = db.execute(sql)
        names = [column[0] for column in result.description]
        return [{n: "" if v is None else str(v) for n, v in zip(names, row)} for row in result.fetchall()]


class Sums:
    """What a straight line through points needs: whole numbers, so that no order of adding matters."""

    def __init__(self):
        self.n = self.x = self.y = self.xx = self.xy = 0

    def add(self, x, y):
        self.n, self.x, self.y, self.xx, self.xy = self.n + 1, self.x + x, self.y + y, self.xx + x * x, self.xy + x * y

    def without(self, other):
        rest = Sums()
        rest.n, rest.x, rest.y, rest.xx, rest.xy = self.n - other.n, self.x - other.x, self.y - other.y, self.xx - other.xx, self.xy - other.xy
        return rest

    def beyond(self, rest):
        """By how much the second scores here are above the line through the rest; None where the rest gives no line."""
        spread = rest.n * rest.xx - rest.x * rest.x
        if rest.n < 10 or spread <= 0:
            return None
        slope = (rest.n * rest.xy - rest.x * rest.y) / spread
        return self.y - self.n * rest.y / rest.n - slope * (self.x - self.n * rest.x / rest.n)


pairs = rows("""
    select s.year, s.first_score, s.SDQ_SCORE as second_score, s.years_between, p.age_group, b.placement_type
    from sdq_change s
    join population_year p using (person_id, year)
    left join breakdown_year b using (person_id, year)
    where s.change is not null""")

everybody = defaultdict(Sums)                    # by those who are alike
group = defaultdict(lambda: defaultdict(Sums))   # by year and category, then by those who are alike
for p in pairs:
    alike, x, y = (p["age_group"], p["years_between"]), int(p["first_score"]), int(p["second_score"])
    everybody[alike].add(x, y)
    group[p["year"], "Total"][alike].add(x, y)
    if p["placement_type"]:
        group[p["year"], p["placement_type"]][alike].add(x, y)

net = {}
for key, sums in group.items():
    found = [(s.n, s.beyond(everybody[alike].without(s))) for alike, s in sums.items()]
    found = [(n, b) for n, b in found if b is not None]
    if found:
        net[key] = fsum(b for _, b in found) / sum(n for n, _ in found)

last = max(year for year, _ in group)
print(f"SDQ change from the first score of a period of care to 31 March {last}, England; below 0 is better")
print(f"{'placement type':<20}{'pairs':>7}{'change':>9}{'net':>9}")
for year, category in sorted(k for k in group if k[0] == last):
    sums = group[year, category].values()
    n = sum(s.n for s in sums)
    change = sum(s.y - s.x for s in sums) / n
    print(f"{category:<20}{n:>7}{change:>9.2f}" + (f"{net[year, category]:>9.2f}" if (year, category) in net else f"{'.':>9}"))

product = {(r["time_period"], r["category"]): float(r["value"]) for r in rows("""
    select time_period, category, value from indicator_cell
    where indicator_id = 'REC05' and geographic_level = 'National' and breakdown in ('total', 'placement_type') and value is not null""")}
if not product or product.keys() != net.keys():
    sys.exit(f"{len(net)} figures worked out here, {len(product)} in indicator_cell")
difference = max(abs(net[k] - v) for k, v in product.items())
print(f"{len(product)} figures compared with REC05 in indicator_cell: largest difference {difference:.6f}")
if difference > 0.00001:
    sys.exit("they are not the same")
