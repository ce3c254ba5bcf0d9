"""A result as Slicer's own DICOM SEG export reads it: terminology, algorithm, colour, study, referenced images.

The export itself (QuantitativeReporting) needs the application; it takes what is checked here:
``DeserializeTerminologyEntry`` of each segment's tag, the two ``DICOM.SegmentAlgorithm`` tags, the colour, the
reference volume with its ``DICOM.instanceUIDs``, and ``DICOM.ReferencedInstanceUIDs`` of the hierarchy's item.
"""

import numpy as np
import pytest

from sgnet.lesions.lesion import Lesion

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from vtkmodules.vtkCommonCore import reference  # noqa: E402

from sgnet.mrml.segmentation import create_segmentation_node  # noqa: E402

CATEGORY = ("SCT", "49755003", "Morphologically Altered Structure")
METASTASIS = ("SCT", "14799000", "Neoplasm, Secondary")
OEDEMA = ("SCT", "79654002", "Edema")
BRAIN = ("SCT", "12738006", "Brain")


@pytest.fixture
def t1ce(add_volume, oblique):
    return add_volume(np.zeros((24, 30, 16), np.float32), oblique)


@pytest.fixture
def make(scene, t1ce, lesion_labels):
    def make():
        lesions = [Lesion(n, 1.5 / n, 12.0, 8.0, 13.0, (1.0, 2.0, 3.0), 0.8, 0.99) for n in (1, 2, 3)]
        whole = lesion_labels > 0
        whole[2:12, 3:12, 1:8] = True
        return create_segmentation_node(scene, lesion_labels, lesions, t1ce, whole=whole)

    return make


def code(one):
    return one.GetCodingSchemeDesignator(), one.GetCodeValue(), one.GetCodeMeaning()


def tag(segment, name):
    value = reference("")
    assert segment.GetTag(name, value), f"no tag {name}"
    return str(value)


def entry_of(application, segment):
    entry = slicer.vtkSlicerTerminologyEntry()
    text = tag(segment, slicer.vtkSegment.GetTerminologyEntryTagName())
    assert application.terminologies_logic.DeserializeTerminologyEntry(text, entry), text
    return entry


def test_terminology_of_every_segment_is_read_by_slicers_own_logic(application, make):
    segmentation = make().GetSegmentation()
    for one, kind in (("Lesion_1", METASTASIS), ("Lesion_2", METASTASIS), ("Lesion_3", METASTASIS), ("Oedema", OEDEMA)):
        entry = entry_of(application, segmentation.GetSegment(one))
        assert code(entry.GetCategoryObject()) == CATEGORY
        assert code(entry.GetTypeObject()) == kind
        assert code(entry.GetRegionObject()) == BRAIN
        assert entry.GetRegionContextName() == "Anatomic codes - DICOM master list"


def test_category_and_types_stand_in_the_context_that_the_entry_names(application, make):
    logic = application.terminologies_logic
    entry = entry_of(application, make().GetSegmentation().GetSegment("Lesion_1"))
    context = entry.GetTerminologyContextName()
    names = []
    logic.GetLoadedTerminologyNames(names)
    assert context in names
    listed = {}
    for n in range(logic.GetNumberOfCategoriesInTerminology(context)):
        category, kind = slicer.vtkSlicerTerminologyCategory(), slicer.vtkSlicerTerminologyType()
        logic.GetNthCategoryInTerminology(context, n, category)
        kinds = set()
        for m in range(logic.GetNumberOfTypesInTerminologyCategory(context, category)):
            logic.GetNthTypeInTerminologyCategory(context, category, m, kind)
            kinds.add(code(kind))
        listed[code(category)] = kinds
    assert {METASTASIS, OEDEMA} <= listed[CATEGORY]


def test_algorithm_and_colour_are_what_dicom_wants(make):
    segmentation = make().GetSegmentation()
    colours = set()
    for n in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(n)
        assert tag(segment, "DICOM.SegmentAlgorithmType") == "AUTOMATIC"
        # A long string (LO) of DICOM: at most 64 characters.
        assert 0 < len(tag(segment, "DICOM.SegmentAlgorithmName")) <= 64
        assert 0 < len(segment.GetName()) <= 64
        colours.add(segment.GetColor())
        assert all(0 <= value <= 1 for value in segment.GetColor())
    assert len(colours) == segmentation.GetNumberOfSegments()


def test_item_names_the_images_of_the_t1ce(scene, t1ce, make):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    t1ce.SetAttribute("DICOM.instanceUIDs", "1.2.1 1.2.2")
    hierarchy.CreateItem(hierarchy.GetSceneItemID(), t1ce)
    item = hierarchy.GetItemByDataNode(make())
    assert hierarchy.GetItemAttribute(item, "DICOM.ReferencedInstanceUIDs") == "1.2.1 1.2.2"


def test_item_names_no_images_where_the_t1ce_came_from_a_file(scene, t1ce, make):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    hierarchy.CreateItem(hierarchy.GetSceneItemID(), t1ce)
    item = hierarchy.GetItemByDataNode(make())
    assert not hierarchy.GetItemAttribute(item, "DICOM.ReferencedInstanceUIDs")


@pytest.mark.parametrize("place", ["scene", "folder", "study"])
def test_result_stands_beside_the_t1ce_wherever_that_is(scene, t1ce, make, place):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    parent = hierarchy.GetSceneItemID()
    if place == "folder":
        parent = hierarchy.CreateFolderItem(parent, "my folder")
    if place == "study":
        parent = hierarchy.CreateStudyItem(hierarchy.CreateSubjectItem(parent, "patient"), "study")
    hierarchy.CreateItem(parent, t1ce)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(make())) == parent
