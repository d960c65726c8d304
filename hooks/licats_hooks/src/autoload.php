<?php

// Classes of this module, one per file of the same name.
spl_autoload_register(static function (string $class): void {
    $prefix = 'Licats\\LicatsHooks\\';
    if (!str_starts_with($class, $prefix)) {
        return;
    }
    $name = substr($class, strlen($prefix));
    if (preg_match('/^[A-Za-z]+$/D', $name) === 1 && is_file(__DIR__ . "/$name.php")) {
        require __DIR__ . "/$name.php";
    }
});
