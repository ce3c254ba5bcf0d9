"""Draw the icons of the extension and the module from Resources/SGNetExtension.svg (needs PySide6)."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "Resources" / "SGNetExtension.svg"
TARGETS = [
    ROOT / "Resources" / "SGNetExtension.png",
    ROOT / "SGNetSegmentation" / "Resources" / "Icons" / "SGNetSegmentation.png",
]


def main() -> None:
    application = QGuiApplication([])
    image = QImage(128, 128, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    for target in TARGETS:
        image.save(str(target))
    application.quit()


if __name__ == "__main__":
    main()
