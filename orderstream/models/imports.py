"""How far each import of a file is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileImport(models.Model):
    """One run of `place_orders` over a file: how far it is. Written after each batch that is placed."""

    # SHA-256 in hex of the file's bytes: the same content is the same file wherever it lies.
    digest = models.CharField(max_length=64, editable=False)
    # 1, and one more with each --again.
    number = models.PositiveIntegerField()
    name = models.CharField(_("file"), max_length=200)
    # Which column was understood as which field: lines already placed cannot be understood otherwise later.
    meaning = models.TextField()
    # Where the first record starts that is not placed: its line, and its byte.
    line = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField()
    # The idempotency keys of the lines from here to `line` may still be in Redis.
    keys_from_line = models.PositiveBigIntegerField()
    accepted = models.PositiveBigIntegerField(_("accepted"), default=0)
    refused = models.PositiveBigIntegerField(_("refused"), default=0)
    # The refused lines, and how many bytes of that file belong to what is placed.
    rejects_path = models.TextField(blank=True)
    rejects_size = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("file import")
        constraints = (models.UniqueConstraint(fields=("digest", "number"), name="one_run_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
