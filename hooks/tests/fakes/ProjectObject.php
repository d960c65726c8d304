<?php

namespace Licats\Tests;

/**
 * The framework's project object.
 */
final class ProjectObject
{
    /** @param array<string, mixed> $project */
    public function __construct(private array $project)
    {
    }

    public function getFormForField($fieldName)
    {
        foreach ($this->project['fields'] as $form => $fields) {
            if (in_array($fieldName, $fields, true)) {
                return $form;
            }
        }
        return null;
    }
}
