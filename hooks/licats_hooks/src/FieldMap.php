<?php

namespace Licats\LicatsHooks;

/**
 * The forms and fields that the protocol gives: names by concept, labels of codes.
 *
 * The file is generated with the instruments and put here by the packaging script, so that no field name is typed in
 * PHP. A study that calls our forms otherwise has a file of its own, by its project's number. Forms are asked for by
 * our names; name() and ours() translate. Knows no REDCap.
 */
final class FieldMap
{
    public const RESULT = 'licats_result';
    public const SUMMARY = 'licats_summary';
    public const QUERY = 'licats_query';
    private const FORMAT = 1;

    /** @var array<string, string> name of a form in the project => ours */
    private array $ours = [];

    /** @param array<string, mixed> $content */
    private function __construct(private array $content)
    {
        foreach (array_keys($content['forms']) as $form) {
            $this->ours[$this->name($form)] = $form;
        }
    }

    /** Read the file of a project, else the one of all. */
    public static function ofProject(string $folder, int $project): self
    {
        $own = "{$folder}field_map_$project.json";
        return self::fromFile(is_file($own) ? $own : "{$folder}field_map.json");
    }

    /** Read the file; a missing one, or one of another format, is an error. */
    public static function fromFile(string $path): self
    {
        $text = is_file($path) ? file_get_contents($path) : false;
        $content = $text === false ? null : json_decode($text, true);
        if (!is_array($content) || ($content['format'] ?? null) !== self::FORMAT) {
            throw new \RuntimeException('a field map is missing or of another version; pack the module anew');
        }
        return new self($content);
    }

    public function protocolVersion(): string
    {
        return (string) $this->content['protocol']['version'];
    }

    public function protocolHash(): string
    {
        return (string) $this->content['protocol']['hash'];
    }

    /** Whether the derived grade stays hidden until the investigator's own is saved. */
    public function gradeAfterInvestigator(): bool
    {
        return (bool) $this->content['settings']['grade_after_investigator'];
    }

    public function knows(string $form): bool
    {
        return isset($this->content['forms'][$form]);
    }

    /** Name of one of our forms in the project. */
    public function name(string $form): string
    {
        return (string) ($this->content['forms'][$form]['name'] ?? $form);
    }

    /** Our name of a form of the project, '' if it is none of ours. */
    public function ours(string $name): string
    {
        return $this->ours[$name] ?? '';
    }

    /** Whether the worker reads a form of the project: one of ours that it does not write, or one in place of ours. */
    public function isRead(string $name): bool
    {
        $form = $this->ours($name);
        return $form === '' ? in_array($name, $this->content['own'] ?? [], true) : $this->writer($form) !== 'worker';
    }

    /** Who writes a form: site, monitor, adjudicator or worker; '' for a form that is not ours. */
    public function writer(string $form): string
    {
        return (string) ($this->content['forms'][$form]['writer'] ?? '');
    }

    /** Slug of the organ that a form belongs to, '' if none. */
    public function organ(string $form): string
    {
        return (string) ($this->content['forms'][$form]['organ'] ?? '');
    }

    public function organLabel(string $slug, string $language): string
    {
        return self::pick($this->content['organs'][$slug]['label'] ?? [], $language, $slug);
    }

    public function formLabel(string $form, string $language): string
    {
        return self::pick($this->content['forms'][$form]['label'] ?? [], $language, $form);
    }

    /** Variable of a concept on a form; a concept that is not there is a programming error. */
    public function field(string $form, string $concept): string
    {
        $name = $this->content['forms'][$form]['fields'][$concept] ?? null;
        if (!is_string($name)) {
            throw new \LogicException("the field map has no '$concept' on $form");
        }
        return $name;
    }

    /**
     * @param list<string> $concepts
     * @return list<string>
     */
    public function fields(string $form, array $concepts): array
    {
        return array_map(fn (string $concept): string => $this->field($form, $concept), $concepts);
    }

    /** Label of a code; the code itself where it has none. */
    public function label(string $form, string $concept, string $code, string $language): string
    {
        $labels = $this->content['forms'][$form]['codes'][$concept][$code] ?? [];
        return self::pick($labels, $language, $code);
    }

    /** @param array<string, string> $labels */
    private static function pick(array $labels, string $language, string $otherwise): string
    {
        return $labels[$language] ?? $labels['en'] ?? $otherwise;
    }
}
