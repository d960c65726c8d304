<?php

namespace Licats\LicatsHooks;

/**
 * Where a thread stands: one field of one form in one event of a record.
 */
final class Spot
{
    /** @param string|null $repeating name of the form if it repeats by itself, null if not */
    public function __construct(
        public string $record,
        public int $event,
        public string $form,
        public string $field,
        public ?string $repeating,
        public int $instance
    ) {
    }
}
