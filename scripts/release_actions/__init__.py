"""Release an API's SDKs from one repository: one tag, every registry, nothing half-published."""
