"""Where are uploaded papers kept, and what is looked at before? One module for each kind of store."""

from integrations.storage.local import LocalFolder

__all__ = ["LocalFolder"]
