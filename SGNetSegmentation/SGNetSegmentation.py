"""The Slicer module: what Slicer looks for in this file, and nothing that could live elsewhere.

Loading it imports neither torch nor monai nor SimpleITK: it must load, fast, before they are installed.
"""

from pathlib import Path
from typing import Annotated, Any, Optional

import numpy as np
import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from sgnet.config import ExportSettings, FollowUpSettings, InferenceSettings
from sgnet.data.study import Study
from sgnet.events import Progress
from sgnet.mrml.batch_job import BatchJob, StudyOutcome, studies_from_sequences
from sgnet.mrml.child_job import ChildJob, ChildResult, RunSettings
from sgnet.mrml.child_run import run_blocking
from sgnet.mrml.export_job import ExportJob
from sgnet.mrml.followup_job import FollowUpJob, scans_to_compare
from sgnet.mrml.followup_nodes import create_followup
from sgnet.mrml.guess import describe, guess_inputs
from sgnet.mrml.input_check import Level
from sgnet.mrml.labelmap import labels_from_node
from sgnet.mrml.node_check import check_nodes
from sgnet.mrml.preload import preload
from sgnet.mrml.report_job import ReportJob
from sgnet.mrml.result import create_result
from sgnet.mrml.sample_job import SampleJob
from sgnet.mrml.segmentation import lesion_segment_ids
from sgnet.mrml.steps import Steps, finish
from sgnet.mrml.volumes import study_from_nodes, volume_from_node
from SGNetSegmentationLib import dependencies
from SGNetSegmentationLib.advanced_panel import AdvancedPanel
from SGNetSegmentationLib.align_panel import AlignPanel
from SGNetSegmentationLib.export_panel import ExportPanel
from SGNetSegmentationLib.followup_panel import FollowUpPanel
from SGNetSegmentationLib.input_check_panel import InputCheckPanel
from SGNetSegmentationLib.inputs_panel import InputsPanel
from SGNetSegmentationLib.interpreter import python_slicer
from SGNetSegmentationLib.panels import add_panel
from SGNetSegmentationLib.results_panel import ResultsPanel
from SGNetSegmentationLib.run_panel import RunPanel
from SGNetSegmentationLib.sample_data import SampleData, add_sample_study
from SGNetSegmentationLib.scene_view import show_volume
from SGNetSegmentationLib.stepper import Stepper


class SGNetSegmentation(ScriptedLoadableModule):
    """What Slicer's module list and help say."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("SG-Net Brain Metastases")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
        self.parent.contributors = ["SGNetExtension developers"]
        self.parent.helpText = _(
            "Segments every brain metastasis on a contrast-enhanced T1 (T1ce) and a FLAIR volume, one editable "
            "segment each. Choose the two volumes and press Segment metastases. Research use only. "
            '<a href="https://github.com/sgnet/SGNetExtension#readme">Documentation</a>'
        )
        self.parent.acknowledgementText = _("After the SG-Net paper, arXiv 2511.22606.")
        # Not before all modules are loaded: the Sample Data module is one of them.
        self.sampleData = SampleData()
        slicer.app.connect("startupCompleted()", self.sampleData.register)


@parameterNodeWrapper
class SGNetSegmentationParameterNode:
    """Every choice of the user; saved with the scene."""

    # typing.Optional: the wrapper of Slicer 5.12 does not know "X | None".
    t1ce: Optional[vtkMRMLScalarVolumeNode]  # noqa: UP045
    flair: Optional[vtkMRMLScalarVolumeNode]  # noqa: UP045
    result: Optional[vtkMRMLSegmentationNode]  # noqa: UP045
    previousResult: Optional[vtkMRMLSegmentationNode]  # noqa: UP045
    previousT1ce: Optional[vtkMRMLScalarVolumeNode]  # noqa: UP045
    threshold: Annotated[float, WithinRange(0.01, 0.99)] = 0.3
    minVolumeMm3: Annotated[float, WithinRange(0.0, 1000.0)] = 20.0
    minConfidence: Annotated[float, WithinRange(0.0, 0.99)] = 0.6
    splitTouching: bool = False
    model: str = ""
    device: Annotated[str, Choice(["auto", "cpu", "cuda", "mps"])] = "auto"
    precision: Annotated[str, Choice(["auto", "float32", "mixed"])] = "auto"
    flips: bool = False
    withoutFlair: bool = False
    showOedema: bool = False
    exportLabelmap: bool = True
    exportSeg: bool = True
    exportSr: bool = True
    exportRtstruct: bool = True
    exportMargins: str = ""
    exportNames: Annotated[str, Choice(["tg263", "index"])] = "tg263"
    exportHoles: Annotated[str, Choice(["xor", "keyhole"])] = "xor"
    exportOverlap: bool = False


class SGNetSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segmentation without the window, for scripts; the widget uses its parts.

    Example
    -------
    In Slicer's Python console, or in a script run with ``Slicer --python-script``::

        from SGNetSegmentation import SGNetSegmentationLogic
        t1ce, flair = slicer.util.loadVolume("t1ce.nii.gz"), slicer.util.loadVolume("flair.nii.gz")
        segmentation = SGNetSegmentationLogic().process(t1ce, flair)
        slicer.util.saveNode(segmentation, "metastases.seg.nrrd")
    """

    def getParameterNode(self) -> SGNetSegmentationParameterNode:
        return SGNetSegmentationParameterNode(super().getParameterNode())

    def prepare(self, t1ceNode: Any, flairNode: Any, settings: RunSettings) -> ChildJob:
        """A run on both volumes, or on the T1ce alone, ready to start; raises InputError if they cannot be used."""
        study = Study(volume_from_node(t1ceNode)) if flairNode is None else study_from_nodes(t1ceNode, flairNode)
        return ChildJob(study, settings, Path(slicer.app.temporaryPath))

    def resultSteps(self, result: ChildResult, t1ceNode: Any, settings: RunSettings) -> Steps[Any]:
        """Add the result to the scene in small steps; the last one returns its segmentation node."""
        return create_result(slicer.mrmlScene, result, t1ceNode, settings)

    def process(
        self, t1ceNode: Any, flairNode: Any, settings: RunSettings | None = None, progress: Progress | None = None
    ) -> Any:
        """Segment and wait; returns the new segmentation node.

        With ``flairNode`` None it runs on the T1ce alone: more is missed, outlines are worse.

        Raises
        ------
        sgnet.errors.SGNetError
            With one sentence that says what is wrong; the scene is as before then.
        """
        settings = settings or RunSettings()
        with self.prepare(t1ceNode, flairNode, settings) as job:
            result = run_blocking(job, [python_slicer()], progress or Progress())
        return finish(self.resultSteps(result, t1ceNode, settings))

    def processFolder(
        self,
        folder: Any,
        outputFolder: Any,
        settings: RunSettings | None = None,
        progress: Progress | None = None,
        skipDone: bool = False,
    ) -> tuple[StudyOutcome, ...]:
        """Segment every study of a folder and wait; one child process, one load of the model.

        Each sub-folder is a study (see docs/how-to/batch.md); its results, with a .seg.nrrd and a CSV, go into a
        folder of the same name under ``outputFolder``, beside ``studies.csv``. A study that fails is an outcome
        with its message; the scene stays as it is. Raises sgnet.errors.SGNetError if nothing can be done at all.
        """
        return self._processBatch(Path(folder), outputFolder, settings, progress, skipDone)

    def processSequence(
        self,
        t1ceSequenceNode: Any,
        flairSequenceNode: Any,
        outputFolder: Any,
        settings: RunSettings | None = None,
        progress: Progress | None = None,
    ) -> tuple[StudyOutcome, ...]:
        """As :meth:`processFolder`, for the volumes of two sequences (the second may be None), item by item."""
        studies = studies_from_sequences(t1ceSequenceNode, flairSequenceNode)
        return self._processBatch(studies, outputFolder, settings, progress, False)

    def _processBatch(
        self, studies: Any, outputFolder: Any, settings: Any, progress: Any, skipDone: bool
    ) -> tuple[StudyOutcome, ...]:
        output, temporary = Path(outputFolder), Path(slicer.app.temporaryPath)
        with BatchJob(slicer.mrmlScene, studies, output, settings or RunSettings(), skipDone, temporary) as job:
            return run_blocking(job, [python_slicer()], progress or Progress())

    def createSampleStudy(self, progress: Progress | None = None) -> tuple[Any, Any]:
        """Make the synthetic study and wait; returns its new T1ce and FLAIR nodes."""
        with SampleJob(Path(slicer.app.temporaryPath)) as job:
            study = run_blocking(job, [python_slicer()], progress or Progress())
        return finish(add_sample_study(study))

    def prepareExport(self, segmentationNode: Any, seriesFolder: Any, settings: ExportSettings) -> ExportJob:
        """An export, ready to start; raises InputError if nothing can be exported so."""
        series = None if seriesFolder is None else Path(seriesFolder)
        return ExportJob(slicer.mrmlScene, segmentationNode, series, settings, Path(slicer.app.temporaryPath))

    def prepareReport(self, segmentationNode: Any, flairNode: Any = None) -> ReportJob:
        """The page of a result, ready to start; raises InputError if the node is no result."""
        return ReportJob(slicer.mrmlScene, segmentationNode, flairNode, Path(slicer.app.temporaryPath))

    def exportRadiotherapy(
        self,
        segmentationNode: Any,
        seriesFolder: Any,
        outputFolder: Any,
        settings: ExportSettings | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Export the lesions that are not rejected, as they are now, and wait; returns the volume check.

        Parameters
        ----------
        segmentationNode : vtkMRMLSegmentationNode
        seriesFolder : path or None
            DICOM folder of the T1ce; needed by all formats but the label map.
        outputFolder : path
            Gets all files or, when something fails, none.
        settings : sgnet.config.ExportSettings, optional

        Returns
        -------
        tuple of sgnet.mrml.export_job.VolumeRow
            One a structure: its volume in the mask and in the contours; also in volumes.csv and volumes.json.

        Raises
        ------
        sgnet.errors.SGNetError

        Example
        -------
        ::

            from sgnet.config import ExportSettings
            settings = ExportSettings(formats=("rtstruct",), margins_mm=(3.0,))
            SGNetSegmentationLogic().exportRadiotherapy(segmentation, "dicom/T1ce", "plan", settings)
        """
        settings = settings or ExportSettings()
        with self.prepareExport(segmentationNode, seriesFolder, settings) as job:
            staged = run_blocking(job, [python_slicer()], progress or Progress())
        try:
            finish(staged.place(Path(outputFolder)))
        finally:
            staged.discard()
        return staged.volumes

    def prepareFollowUp(self, segmentationNode: Any, previousNode: Any, previousT1ceNode: Any = None) -> FollowUpJob:
        """A comparison of two segmentations, ready to start; raises InputError if they cannot be compared."""
        scans = scans_to_compare(segmentationNode, previousNode, previousT1ceNode)
        return FollowUpJob(slicer.mrmlScene, scans, FollowUpSettings(), Path(slicer.app.temporaryPath))

    def followUp(
        self, segmentationNode: Any, previousNode: Any, previousT1ceNode: Any = None, progress: Progress | None = None
    ) -> Any:
        """Compare with the segmentation of an earlier visit and wait; returns the new table node.

        The earlier T1ce is the reference volume of ``previousNode`` unless given. Raises
        sgnet.errors.SGNetError if they cannot be compared.
        """
        with self.prepareFollowUp(segmentationNode, previousNode, previousT1ceNode) as job:
            followup = run_blocking(job, [python_slicer()], progress or Progress())
        return create_followup(slicer.mrmlScene, followup, job.scans)


class SGNetSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: connects what its parts show with the scene and the run."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self._parameters: Any = None
        self._guiTag: Any = None
        self._run: Any = None
        self._suggestionPending = False

    def setup(self) -> None:
        ScriptedLoadableModuleWidget.setup(self)
        root = slicer.util.loadUI(self.resourcePath("UI/SGNetSegmentation.ui"))
        self.layout.addWidget(root)
        root.setMRMLScene(slicer.mrmlScene)
        places = slicer.util.childWidgetVariables(root)
        add_panel(self.resourcePath("UI/InputCheckPanel.ui"), places.inputCheckPlace)
        add_panel(self.resourcePath("UI/ReviewPanel.ui"), places.resultCollapsibleButton)
        add_panel(self.resourcePath("UI/FollowUpPanel.ui"), places.followUpCollapsibleButton)
        add_panel(self.resourcePath("UI/AdvancedPanel.ui"), places.advancedCollapsibleButton)
        add_panel(self.resourcePath("UI/ExportPanel.ui"), places.exportCollapsibleButton)
        self.ui = slicer.util.childWidgetVariables(root)

        self.logic = SGNetSegmentationLogic()
        self._inputs = InputsPanel(self.ui)
        self._align = AlignPanel(self.ui)
        self._check = InputCheckPanel(self.ui, self._inputs, lambda: self._parameters, self._align.start)
        self._results = ResultsPanel(self.ui)
        self._advanced = AdvancedPanel(self.ui, lambda: self._parameters)
        self._run = RunPanel(
            self.ui, self.logic, lambda: self._parameters, self._results.ask_to_take_along, self._onResult
        )
        self._export = ExportPanel(self.ui, self.logic, lambda: self._parameters)
        self._followUp = FollowUpPanel(self.ui, self.logic, lambda: self._parameters)
        self.ui.resultSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._results.show)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneChanged)
        self.addObserver(scene, scene.EndImportEvent, self._onSceneChanged)
        self.addObserver(scene, scene.NodeAddedEvent, self._onNodeAdded)
        self._connectParameters()
        self._preload = Stepper()
        self._preload.start(preload(), lambda nothing: None, lambda error: None)

    def cleanup(self) -> None:
        """The application closes, or the module is reloaded."""
        if self._run is not None:
            self._preload.stop()
            self._run.close()
            self._followUp.abandon(wait=True)
            self._results.close()
            self._export.close()
            self._align.close(wait=True)
        self._disconnectParameters()
        self.removeObservers()

    def enter(self) -> None:
        self._connectParameters()
        self._results.start_keys()

    def exit(self) -> None:
        self._results.stop_keys()
        # A run goes on: its result must still find the parameter node, which enter() connects again.
        if not self._run.running and not self._followUp.running:
            self._disconnectParameters()

    def _onResult(self, node: Any, t1ceNode: Any) -> None:
        earlier = self._results.to_take_along(t1ceNode)
        if self._parameters is not None:
            self._parameters.result = node
        show_volume(t1ceNode)
        self.ui.resultCollapsibleButton.collapsed = False
        self._results.show_with(node, earlier)
        self._results.select_first()
        slicer.util.resetThreeDViews()

    def _connectParameters(self) -> None:
        """Bind the widgets to the parameter node by their property ``SlicerParameterName``."""
        if self._parameters is None:
            self._parameters = self.logic.getParameterNode()
            named = {widget.property("SlicerParameterName"): widget for widget in vars(self.ui).values()}
            # connectGui() of some versions returns no tag, and could then not be undone.
            self._guiTag = self._parameters.connectParametersToGui({k: v for k, v in named.items() if k})
            self.addObserver(self._parameters, vtk.vtkCommand.ModifiedEvent, self._updateButton)
            self._results.show(self._parameters.result)
        self._inputs.suggest(self._parameters)
        self._updateButton()

    def _disconnectParameters(self) -> None:
        if self._parameters is not None:
            self._check.stop()
            self._parameters.disconnectGui(self._guiTag)
            self.removeObserver(self._parameters, vtk.vtkCommand.ModifiedEvent, self._updateButton)
            self._parameters = None

    def _updateButton(self, caller: Any = None, event: Any = None) -> None:
        self._run.update_button()
        self._export.show(None if self._parameters is None else self._parameters.result)
        if self._parameters is not None:
            self._inputs.update(self._parameters)
            self._check.update()
        self._advanced.update()
        self._followUp.update()

    def _onSceneStartClose(self, caller: Any, event: Any) -> None:
        self._export.abandon()
        self._followUp.abandon()
        self._align.close()
        self._run.abandon(_("The scene was closed, so the segmentation was stopped."))
        self._disconnectParameters()
        self._results.show(None)

    def _onSceneChanged(self, caller: Any, event: Any) -> None:
        # A scene that was read brings its own parameter node, and results that the one before did not have.
        self._disconnectParameters()
        self._connectParameters()

    def _onNodeAdded(self, caller: Any, event: Any) -> None:
        # Many nodes come at once, and some get their names only after they were added.
        if not self._suggestionPending:
            self._suggestionPending = True
            qt.QTimer.singleShot(0, self._suggest)

    def _suggest(self) -> None:
        self._suggestionPending = False
        if self._parameters is not None:
            self._inputs.suggest(self._parameters)


class SGNetSegmentationTest(ScriptedLoadableModuleTest):
    """Reload and Test: nodes in, nodes out, and the whole way where the packages are installed."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)

    def runTest(self) -> None:
        for test in (self.test_result_equals_its_labels, self.test_whole_way):
            self.setUp()
            test()

    def test_result_equals_its_labels(self) -> None:
        """A result becomes segments that export to exactly its labels."""
        self.delayDisplay("Labels to segments and back")
        t1ce, _flair = self._volumes()
        labels = np.zeros((48, 48, 24), np.uint8)
        labels[10:16, 10:16, 8:12], labels[30:33, 30:33, 8:12] = 1, 2
        node = finish(SGNetSegmentationLogic().resultSteps(self._result(labels), t1ce, RunSettings(oedema=True)))
        exported = labels_from_node(slicer.mrmlScene, node, t1ce, lesion_segment_ids(node))
        self.assertTrue(np.array_equal(exported, labels))
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 3)

    def test_whole_way(self) -> None:
        """Sample study, guess, input check, child process, segments."""
        what = dependencies.missing()
        if what:
            self.delayDisplay(f"Packages are missing, so the segmentation itself is not tested: {what}")
            return
        self.delayDisplay("Making the sample study in a child process")
        logic = SGNetSegmentationLogic()
        t1ce, flair = logic.createSampleStudy()
        names = [t1ce.GetName(), flair.GetName()]
        guess = guess_inputs(names)
        self.assertEqual((guess.t1ce, guess.flair), (0, 1))
        for found in finish(check_nodes(t1ce, describe(names[0]), flair, describe(names[1]))):
            self.assertIsNot(found.level, Level.PROBLEM, found.sentence)
        self.delayDisplay("Segmenting it in a child process")
        node = logic.process(t1ce, flair, RunSettings(inference=InferenceSettings(device="cpu")))
        self.assertIs(node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()), t1ce)
        lesions = lesion_segment_ids(node)
        self.assertGreater(len(lesions), 0)
        self.assertEqual(int(labels_from_node(slicer.mrmlScene, node, t1ce, lesions).max()), len(lesions))
        self.delayDisplay("Test passed")

    def _volumes(self) -> tuple[Any, Any]:
        """A ball of a head with a bright spot; deterministic."""
        k, j, i = np.meshgrid(*(np.linspace(-1, 1, n) for n in (24, 48, 48)), indexing="ij")
        radius = np.sqrt(i**2 + j**2 + k**2)
        noise = np.random.default_rng(0).normal(0, 8, radius.shape)
        head = np.where(radius < 0.9, 400.0, 0.0) + np.where(radius < 0.9, noise, 0.0)
        spot = np.sqrt((i - 0.3) ** 2 + j**2 + k**2) < 0.2
        ijkToRas = np.diag([-3.0, -3.0, 6.0, 1.0])
        make = slicer.util.addVolumeFromArray
        t1ce = make((head + 500.0 * spot).astype(np.float32), ijkToRas, "T1ce")
        return t1ce, make((head + 200.0 * spot).astype(np.float32), ijkToRas, "FLAIR")

    def _result(self, labels: Any) -> ChildResult:
        from sgnet.lesions.lesion import Lesion

        lesions = tuple(Lesion(n, 1.0, 9.0, 9.0, 9.0, (0.0, 0.0, 0.0), 0.9, 1.0) for n in (1, 2))
        whole = labels > 0
        whole[8:18, 8:18, 7:13] = True
        return ChildResult(labels, whole, lesions, None)
