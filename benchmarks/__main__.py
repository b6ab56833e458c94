"""All benchmarks, one after the other."""

from benchmarks import engine, papers, trainer

for part in (engine, trainer, papers):
    part.main()
    print()
