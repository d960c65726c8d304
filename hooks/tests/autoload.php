<?php

// The fakes, then the module as it was packed; LICATS_MODULE names its folder.
if (!is_file(getenv('LICATS_MODULE') . '/field_map.json')) {
    fwrite(STDERR, "LICATS_MODULE must name the folder of a packed module; see hooks/README.md\n");
    exit(2);
}
error_reporting(E_ALL);
set_error_handler(static function (int $severity, string $message, string $file, int $line): bool {
    throw new ErrorException($message, 0, $severity, $file, $line);
});
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/fakes/' . basename(str_replace('\\', '/', $class)) . '.php';
    if (is_file($file) && (str_starts_with($class, 'Licats\\Tests\\') || !str_starts_with($class, 'Licats\\'))) {
        require $file;
    }
});
require getenv('LICATS_MODULE') . '/LicatsHooks.php';
