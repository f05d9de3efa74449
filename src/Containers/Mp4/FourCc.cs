namespace Tapedeck.Containers.Mp4;

/// <summary>Four-character codes as numbers, so that they can be compared and switched on.</summary>
internal static class FourCc
{
    public const uint Ftyp = 0x66747970; // ftyp
    public const uint Free = 0x66726565; // free
    public const uint Skip = 0x736B6970; // skip
    public const uint Mdat = 0x6D646174; // mdat
    public const uint Moov = 0x6D6F6F76; // moov
    public const uint Mvhd = 0x6D766864; // mvhd
    public const uint Trak = 0x7472616B; // trak
    public const uint Tkhd = 0x746B6864; // tkhd
    public const uint Edts = 0x65647473; // edts
    public const uint Elst = 0x656C7374; // elst
    public const uint Mdia = 0x6D646961; // mdia
    public const uint Mdhd = 0x6D646864; // mdhd
    public const uint Hdlr = 0x68646C72; // hdlr
    public const uint Minf = 0x6D696E66; // minf
    public const uint Vmhd = 0x766D6864; // vmhd
    public const uint Smhd = 0x736D6864; // smhd
    public const uint Nmhd = 0x6E6D6864; // nmhd
    public const uint Dinf = 0x64696E66; // dinf
    public const uint Dref = 0x64726566; // dref
    public const uint Url = 0x75726C20; // url
    public const uint Stbl = 0x7374626C; // stbl
    public const uint Stsd = 0x73747364; // stsd
    public const uint Stts = 0x73747473; // stts
    public const uint Ctts = 0x63747473; // ctts
    public const uint Stsc = 0x73747363; // stsc
    public const uint Stsz = 0x7374737A; // stsz
    public const uint Stz2 = 0x73747A32; // stz2
    public const uint Stco = 0x7374636F; // stco
    public const uint Co64 = 0x636F3634; // co64
    public const uint Stss = 0x73747373; // stss
    public const uint Sgpd = 0x73677064; // sgpd
    public const uint Sbgp = 0x73626770; // sbgp
    public const uint Styp = 0x73747970; // styp
    public const uint Sidx = 0x73696478; // sidx
    public const uint Mfra = 0x6D667261; // mfra
    public const uint Tfra = 0x74667261; // tfra
    public const uint Mfro = 0x6D66726F; // mfro
    public const uint Mvex = 0x6D766578; // mvex
    public const uint Mehd = 0x6D656864; // mehd
    public const uint Trex = 0x74726578; // trex
    public const uint Moof = 0x6D6F6F66; // moof
    public const uint Mfhd = 0x6D666864; // mfhd
    public const uint Traf = 0x74726166; // traf
    public const uint Tfhd = 0x74666864; // tfhd
    public const uint Tfdt = 0x74666474; // tfdt
    public const uint Trun = 0x7472756E; // trun
    public const uint Roll = 0x726F6C6C; // roll
    public const uint Avc1 = 0x61766331; // avc1
    public const uint Avc3 = 0x61766333; // avc3
    public const uint AvcC = 0x61766343; // avcC
    public const uint Hvc1 = 0x68766331; // hvc1
    public const uint Hev1 = 0x68657631; // hev1
    public const uint HvcC = 0x68766343; // hvcC
    public const uint Av01 = 0x61763031; // av01
    public const uint Av1C = 0x61763143; // av1C
    public const uint Vp09 = 0x76703039; // vp09
    public const uint Vp08 = 0x76703038; // vp08
    public const uint VpcC = 0x76706343; // vpcC
    public const uint Mp4a = 0x6D703461; // mp4a
    public const uint Esds = 0x65736473; // esds
    public const uint Wave = 0x77617665; // wave
    public const uint Opus = 0x4F707573; // Opus
    public const uint DOps = 0x644F7073; // dOps
    public const uint FLaC = 0x664C6143; // fLaC
    public const uint DfLa = 0x64664C61; // dfLa
    public const uint Ac3 = 0x61632D33; // ac-3
    public const uint Dac3 = 0x64616333; // dac3
    public const uint Ec3 = 0x65632D33; // ec-3
    public const uint Dec3 = 0x64656333; // dec3
    public const uint Alaw = 0x616C6177; // alaw
    public const uint Ulaw = 0x756C6177; // ulaw
    public const uint Mp3 = 0x2E6D7033; // .mp3
    public const uint Vide = 0x76696465; // vide
    public const uint Soun = 0x736F756E; // soun
    public const uint Meta = 0x6D657461; // meta
    public const uint Mett = 0x6D657474; // mett
    public const uint Isom = 0x69736F6D; // isom
    public const uint Iso6 = 0x69736F36; // iso6
    public const uint Mp41 = 0x6D703431; // mp41
    public const uint Mp42 = 0x6D703432; // mp42

    /// <summary>As text for messages; what is not printable becomes a dot.</summary>
    public static string Text(uint type) => string.Create(4, type, static (text, value) =>
    {
        for (var i = 0; i < 4; i++)
        {
            var c = (char)(value >> (24 - i * 8) & 255);
            text[i] = c is >= ' ' and <= '~' ? c : '.';
        }
    });
}
