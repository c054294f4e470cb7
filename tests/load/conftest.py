import sys
from pathlib import Path

# Programs that stand by themselves, and are no packages.
sys.path.append(str(Path(__file__).parents[2] / "deploy" / "load"))
