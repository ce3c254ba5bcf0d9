"""Train SG-Net from a source folder, nothing installed but its dependencies; the options are those of ``sgnet train``.

Example: python SGNetSegmentation/Scripts/train_sgnet.py --output runs/first --anatomy label_maps --workers 2
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

    from sgnet.cli.main import main

    main(["train", *sys.argv[1:]])
