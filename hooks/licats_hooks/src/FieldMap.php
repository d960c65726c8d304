<?php

namespace Licats\LicatsHooks;

/**
 * The forms and fields that the protocol gives: names by concept, labels of codes.
 *
 * The file is generated with the instruments and put here by the packaging script, so that no field name is typed in
 * PHP. Knows no REDCap.
 */
final class FieldMap
{
    public const RESULT = 'licats_result';
    public const SUMMARY = 'licats_summary';
    public const QUERY = 'licats_query';
    private const FORMAT = 1;

    /** @param array<string, mixed> $content */
    private function __construct(private array $content)
    {
    }

    /** Read the file; a missing one, or one of another format, is an error. */
    public static function fromFile(string $path): self
    {
        $text = is_file($path) ? file_get_contents($path) : false;
        $content = $text === false ? null : json_decode($text, true);
        if (!is_array($content) || ($content['format'] ?? null) !== self::FORMAT) {
            throw new \RuntimeException('field_map.json is missing or of another version; pack the module anew');
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
            throw new \LogicException("field_map.json has no '$concept' on $form");
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
