import pytest
import SimpleITK as sitk

from sgnet.preprocessing.itk import one_thread


def test_the_number_of_threads_is_put_back_whatever_happens():
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(3)
    try:
        with pytest.raises(ValueError, match="inside"), one_thread():
            assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 1
            raise ValueError("inside")
        assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 3
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
