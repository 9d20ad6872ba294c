version = providers.environmentVariable("VERSION").get()
