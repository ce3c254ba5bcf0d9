"""The synthetic study in Slicer's Sample Data module: made on this computer when asked for, nothing is downloaded.

Source: ``SampleDataLogic.registerCustomSampleDataSource(category, sampleName, uris, fileNames, nodeNames,
customDownloader, thumbnailFileName)``; a click calls ``customDownloader(source)``, in
Slicer/Modules/Scripted/SampleData/SampleData.py.
"""

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sgnet.data.study import Study
from sgnet.errors import SGNetError
from sgnet.mrml.child_events import Event, Phase
from sgnet.mrml.new_volume import add_volume_node
from sgnet.mrml.sample_job import SampleJob
from sgnet.mrml.steps import Steps

from .dependencies import missing
from .install_dialog import InstallDialog
from .installation import Installation
from .interpreter import python_slicer
from .run_controller import Outcome, RunController
from .scene_view import show_volume

_THUMBNAIL = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "SGNetSegmentation.png"


class SampleData:
    """Makes the sample study between the window's events, after installing what is missing."""

    def __init__(self) -> None:
        self._run = RunController(self._on_event, lambda line: None, self._on_done)
        self._installation: Installation | None = None

    def register(self) -> None:
        """Add the study to the Sample Data module."""
        import SampleData as module

        module.SampleDataLogic.registerCustomSampleDataSource(
            category=_("Brain metastases"),
            sampleName="SGNetSyntheticStudy",
            # Nothing is fetched from here; Slicer wants one address, file and node a source.
            uris="sgnet:synthetic-study",
            fileNames="SGNetSyntheticStudy.nrrd",
            nodeNames="SGNetSyntheticStudy",
            thumbnailFileName=str(_THUMBNAIL),
            customDownloader=self.make,
        )
        slicer.app.connect("aboutToQuit()", self.close)

    @property
    def running(self) -> bool:
        """Whether the study is being made."""
        return self._run.running

    def make(self, source: Any = None) -> list[Any]:
        """Begin; the nodes appear some seconds later."""
        if self._run.running or self._installation is not None:
            return []
        what = missing()
        if not what:
            self._start()
            return []
        folder = "" if slicer.app.testingEnabled() else InstallDialog(what).ask()
        if folder is None:
            self._say(_("Nothing was installed, so the sample study cannot be made."))
            return []
        self._installation = Installation(self._say, self._on_installed)
        self._installation.start(what, folder)
        return []

    def close(self) -> None:
        """The application closes: end what runs."""
        self._run.abandon(wait=True)
        if self._installation is not None:
            self._installation.abandon()

    def _on_installed(self, error: str) -> None:
        self._installation = None
        if error:
            self._say(error)
        else:
            self._start()

    def _start(self) -> None:
        try:
            job = SampleJob(Path(slicer.app.temporaryPath))
            python = python_slicer()
        except SGNetError as error:
            self._say(str(error))
            return
        self._say(_("Making the synthetic study; this takes some seconds."))
        self._run.start(job, python, add_sample_study)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Phase):
            self._say(_("Synthetic study: {phase}").format(phase=event.name))

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.error:
            self._say(outcome.error)
        elif outcome.shown is not None:
            self._say(_("The synthetic study is loaded."))
            show_volume(outcome.shown[0])

    def _say(self, text: str) -> None:
        slicer.util.showStatusMessage(text, 10000)


def add_sample_study(study: Study) -> Steps[tuple[Any, Any]]:
    """Both volumes as nodes of the scene, with displays, in small steps."""
    nodes = []
    for volume in study.volumes:
        node = add_volume_node(slicer.mrmlScene, volume)
        yield
        node.CreateDefaultDisplayNodes()
        nodes.append(node)
        yield
    return nodes[0], nodes[1]
