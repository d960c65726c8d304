// Lets the button of the banner ask for a new computation, and says what became of it.
function LicatsBanner(module) {
    'use strict';
    var button = document.getElementById('licats-recompute');
    var said = document.getElementById('licats-recompute-said');
    if (!button || !said) {
        return;
    }
    function say(state) {
        said.textContent = button.dataset[state] || button.dataset.failed;
        // what failed may be tried again
        button.disabled = said.textContent !== button.dataset.failed;
    }
    button.addEventListener('click', function () {
        button.disabled = true;
        module.ajax('recompute', {}).then(function (reply) {
            say(reply && reply.state);
        }).catch(function () {
            say('failed');
        });
    });
}
