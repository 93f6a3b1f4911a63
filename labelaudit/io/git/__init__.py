"""The old version of a dataset, read out of git.

Only the `git` program is used, only to read: no filter, hook or remote is run, nothing is fetched and
nobody is asked.
"""

from labelaudit.io.git.absent import refuse_untraceable
from labelaudit.io.git.snapshot import OldFiles, is_ref, old_files

__all__ = ["OldFiles", "is_ref", "old_files", "refuse_untraceable"]
