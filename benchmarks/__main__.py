"""All benchmarks, one after the other."""

from benchmarks import engine, marking, papers, scan, trainer, trainer_layers

for part in (engine, marking, trainer, trainer_layers, papers, scan):
    part.main()
    print()
