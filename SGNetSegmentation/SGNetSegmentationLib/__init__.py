"""The parts of the module that need Qt or the running application; what needs neither is in ``sgnet.mrml``."""
