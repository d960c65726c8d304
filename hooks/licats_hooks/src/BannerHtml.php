<?php

namespace Licats\LicatsHooks;

/**
 * The banner as HTML. All texts come in escaped.
 */
final class BannerHtml
{
    /**
     * @param array{title: string, facts: list<string>, summary: string, queries: list<string>, subject: string} $view
     * @param array{computed: string, stale: string, button: string, done: string, already: string, failed: string}
     *     $texts
     */
    public static function render(array $view, array $texts): string
    {
        $facts = implode(' · ', $view['facts']);
        $line = "<strong>{$view['title']}</strong>" . ($facts === '' ? '' : " $facts");
        return '<div id="licats-banner" class="' . ($texts['stale'] === '' ? 'blue' : 'yellow')
            . '" role="status" style="max-width:800px;margin:8px 0;padding:8px 12px">'
            . "<div>$line</div>" . self::queries($view)
            . ($view['subject'] === '' ? '' : "<div>{$view['subject']}</div>")
            . '<div style="font-size:11px;margin-top:4px">' . $texts['computed']
            . ($texts['stale'] === '' ? '' : " <strong>{$texts['stale']}</strong>")
            . ' <button type="button" id="licats-recompute" class="btn btn-xs btn-defaultrc"'
            . " data-done=\"{$texts['done']}\" data-already=\"{$texts['already']}\""
            . " data-failed=\"{$texts['failed']}\">{$texts['button']}</button>"
            . ' <span id="licats-recompute-said" aria-live="polite"></span></div></div>';
    }

    /** @param array{summary: string, queries: list<string>} $view */
    private static function queries(array $view): string
    {
        if ($view['queries'] === []) {
            return $view['summary'] === '' ? '' : "<div>{$view['summary']}</div>";
        }
        $items = implode('', array_map(static fn (string $text): string => "<li>$text</li>", $view['queries']));
        return "<details><summary>{$view['summary']}</summary><ul>$items</ul></details>";
    }
}
