<?php

namespace Licats\LicatsHooks;

/**
 * What is written down when something fails: what kind of error where, never its message, which may quote data.
 */
final class Fault
{
    /** @param object $module the framework's methods */
    public static function note(object $module, string $what, \Throwable $error): void
    {
        $place = basename($error->getFile()) . ':' . $error->getLine();
        try {
            $module->log('licats fault', ['licats_what' => $what, 'licats_error' => get_class($error) . " $place"]);
        } catch (\Throwable) {
            error_log("licats_hooks: $what failed, " . get_class($error) . " $place");
        }
    }
}
